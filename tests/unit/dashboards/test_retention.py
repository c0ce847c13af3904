"""The retention page: cohorts by hand, segments in order, sums that hold, honest words where there is little to say."""

import datetime as dt

import pytest

from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.cohort_map import COLOURS, step_of
from pipelines.dashboards.pages.cohorts_rows import Cohort, quarters_between, read_cohorts
from pipelines.dashboards.pages.context import Context, Units
from pipelines.dashboards.pages.question import Question
from pipelines.dashboards.pages.retention import build
from pipelines.dashboards.pages.view import Page, Panel
from pipelines.serving.principal import LEADERSHIP
from tests.unit.dashboards.plotly_check import checked

JUNE = dt.date(2026, 6, 1)
Q1_25 = dt.date(2025, 1, 1)
# c1 grows, shrinks and leaves; c2 leaves and comes back; c3 leaves within its first quarter; c4 is paid in two
# currencies. Nothing is left after a year.
COHORTS = """
    delete from marts.fct_arr;
    insert into marts.fct_arr values
        ('c1', '2025-01-01', 'EUR', 90, 90), ('c1', '2025-03-01', 'EUR', 100, 110),
        ('c1', '2025-06-01', 'EUR', 100, 90),
        ('c1', '2025-06-01', 'USD', 50, 50), ('c1', '2025-09-01', 'EUR', 50, 50),
        ('c2', '2025-03-01', 'USD', 200, 200), ('c2', '2025-06-01', 'USD', 200, 200),
        ('c2', '2025-12-01', 'USD', 300, 300),
        ('c3', '2025-02-01', 'EUR', 80, 80), ('c3', '2025-06-01', 'EUR', 500, 500),
        ('c4', '2026-06-01', 'EUR', 70, 70);
"""
SEGMENTS = """
    insert into marts.rpt_retention
    select month, 12, 'tier', tier, clients, 0, arr, nrr, 0.9, nrr + 0.1, 0.9, 10, 0.0, 0.1, 0.0, null, arr
    from (values ('growth', 50, 400, 1.2), ('strategic', 20, 500, 0.8), ('tail', 3, 100, 9.0))
            as t(tier, clients, arr, nrr),
        (values (date '2026-05-01'), (date '2026-06-01')) as months(month);
"""
SURPRISES = """
    insert into marts.rpt_retention
    select month, 3, 'company', 'all', 40, 1, 1000, 1, 1, 1, 1, 0, 0, 0, 0, rate, 1000
    from (values (date '2026-04-01', 0.6), (date '2026-05-01', 0.2), (date '2026-06-01', null)) as t(month, rate);
"""


def context_of(release, query: str = "") -> Context:
    return Context(release, Question.read(query), Units("USD", dt.date(2025, 12, 31)), LEADERSHIP, dt.date(2026, 7, 3))


def page_of(release, query: str = "") -> Page:
    return build(context_of(release, query))


def panel(page: Page, key: str) -> Panel:
    return next(each for each in page.panels if each.key == key)


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u2212", "-")


@pytest.fixture
def cohorts(company) -> list[Cohort]:
    return read_cohorts(context_of(company(COHORTS)), JUNE)


def test_a_cohort_begins_with_those_that_have_arr_at_the_end_of_their_first_quarter(cohorts: list[Cohort]) -> None:
    assert [(cohort.starts_on, cohort.clients, cohort.start_arr) for cohort in cohorts] == [(Q1_25, 2, 300.0)]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("net", [350 / 300, 50 / 300, 300 / 300, 0.0, 0.0]),
        ("gross", [300 / 300, 50 / 300, 200 / 300, 0.0, 0.0]),
    ],
)
def test_cohorts_are_measured_by_two_ends_and_gross_caps_each_client(
    cohorts: list[Cohort], kind: str, expected: list[float]
) -> None:
    assert [cohorts[0].retention(age, kind) for age in range(1, 6)] == pytest.approx(expected)
    assert cohorts[0].retention(6, kind) is None


def test_cohorts_follow_the_basis_and_the_segment(company) -> None:
    release = company(COHORTS)
    reported = read_cohorts(context_of(release, "?basis=reported"), JUNE)
    assert reported[0].retention(1, "net") == pytest.approx(340 / 310)
    north = read_cohorts(context_of(release, "?region=North"), JUNE)
    assert (north[0].clients, north[0].start_arr, north[0].retention(1, "net")) == (1, 100.0, 1.5)


@pytest.mark.parametrize(("month", "expected"), [((2026, 6), 5), ((2026, 5), 4), ((2025, 3), 0), ((2025, 2), -1)])
def test_only_complete_quarters_count(month: tuple[int, int], expected: int) -> None:
    assert quarters_between(Q1_25, dt.date(*month, 1)) == expected


def test_the_switch_stands_in_the_address_and_small_cohorts_are_marked(company) -> None:
    shown = panel(page_of(company(COHORTS), "?cohort=gross"), "cohorts")
    assert [(switch.label, switch.href, switch.is_current) for switch in shown.switches] == [
        ("Net", "/retention", False), ("Gross", "/retention?cohort=gross", True),
    ]  # fmt: skip
    assert shown.table and shown.figure
    assert [plain(cell.text) for cell in shown.table.rows[0]] == [
        "Q1 25", "2", "300", "≈100 %", "≈17 %", "≈67 %", "≈0 %", "≈0 %",
    ]  # fmt: skip
    cells = checked(shown.figure).data[0].z
    assert cells[0][0] == COLOURS.index("band_acceptable"), "no colour says a thing about two clients"
    assert "fewer than 5 clients" in shown.remark
    assert plain(shown.title) == "After a year, cohorts keep 0.0 % of their starting ARR."


@pytest.mark.parametrize(("retention", "step"), [(0.79, 0), (0.8, 1), (0.95, 2), (1.0, 2), (1.05, 3), (1.2, 4)])
def test_the_colour_of_a_cell_begins_with_its_limit(retention: float, step: int) -> None:
    assert step_of(retention) == step


def test_values_can_be_read_on_every_colour_of_the_map() -> None:
    def luminance(value: str) -> float:
        parts = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for name in COLOURS:
        for ground, ink in zip(theme.TOKENS[name], theme.TOKENS["ink"], strict=True):
            light, deep = sorted((luminance(ground), luminance(ink)), reverse=True)
            assert (light + 0.05) / (deep + 0.05) >= 4.5, name


def test_segments_go_by_arr_at_stake_and_few_clients_decide_no_title(company) -> None:
    shown = panel(page_of(company(SEGMENTS)), "segments")
    assert shown.table
    assert [row[0].text for row in shown.table.rows] == ["strategic", "growth", "tail"]
    assert [plain(row[1].text) for row in shown.table.rows] == ["80.0 %", "120.0 %", "≈ 900.0 %"]
    assert [row[1].mark for row in shown.table.rows] == ["▲", "●", ""]
    assert plain(shown.title) == "NRR runs from 80.0 % (strategic) to 120.0 % (growth); 1 of 2 reach the target."
    assert [cell.raw for cell in shown.table.total][-2:] == ["1000.00", "40"]
    assert shown.table.rows[0][0].href == "/retention?tier=strategic"


def test_segments_follow_the_basis(company) -> None:
    shown = panel(page_of(company(SEGMENTS), "?basis=reported"), "segments")
    assert shown.table and plain(shown.table.rows[0][1].text) == "90.0 %"


def test_expansion_types_add_up_to_the_expansion(company) -> None:
    shown = panel(page_of(company()), "expansion")
    assert shown.table
    assert [[cell.raw for cell in row] for row in shown.table.rows] == [
        ["New country", "1", "7777.00"], ["Volume", "1", "400.00"], ["Price", "1", "-100.00"],
    ]  # fmt: skip
    assert shown.table.total[2].raw == "8077.00"
    assert plain(shown.title) == "Clients grew by 8.1 k; new country gave most (+7.8 k), price took 100."


def test_reasons_add_up_to_the_churn_and_one_without_is_said(company) -> None:
    shown = panel(page_of(company()), "reasons")
    assert shown.table
    assert [[cell.raw for cell in row] for row in (*shown.table.rows, shown.table.total)] == [
        ["Price", "voluntary", "1", "900.50"], ["No reason given", "unclassified", "1", "99.50"],
        ["Total", "", "2", "1000.00"],
    ]  # fmt: skip
    assert shown.table.rows[0][1].href == "/clients?category=voluntary"


def test_departures_out_of_green_health_are_listed(company) -> None:
    shown = panel(page_of(company()), "surprises")
    assert shown.table and [row[0].text for row in shown.table.rows] == ["Acme"]
    assert shown.table.total[1].raw == "900.50"


def test_surprise_churn_of_an_earlier_month_is_said_to_be_of_it(company) -> None:
    page = page_of(company(SURPRISES))
    assert plain(panel(page, "surprise").title) == (
        "20.0 % of what was lost in 3 months (to May 26, the last with a loss) came from clients that looked green; "
        "on average 40.0 %."
    )
    assert page.tiles[-1].reason == "No ARR was lost in the 3 months."


def test_the_effect_of_currency_is_told_with_its_range(company) -> None:
    change = "update marts.rpt_retention set fx_effect_pp = 2.5 where month = '2025-03-01'"
    assert plain(panel(page_of(company(change)), "fx").title) == (
        "Currency takes 1.0 points from NRR; in 18 months it was between -1.0 and +2.5."
    )


def test_a_young_company_gets_words_instead_of_broken_charts(company) -> None:
    young = page_of(
        company("delete from marts.rpt_retention; delete from marts.fct_churn; delete from marts.fct_expansion_types")
    )
    assert young.headline == "Retention over 12 months cannot be measured yet."
    assert all(each.empty and each.figure is None for each in young.panels)
    assert page_of(company(rows=False)).empty
