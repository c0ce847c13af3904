"""Service: both policies side by side, misses with their clients, small samples marked, no events no claims."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.dashboards.figures.strip import hours_words
from pipelines.dashboards.pages.service import build
from pipelines.dashboards.pages.service_kpis import shown_month
from pipelines.dashboards.pages.service_rows import newest_quarter
from pipelines.serving.principal import Principal, Role
from pipelines.serving.release import Release
from tests.unit.dashboards.plotly_check import checked
from tests.unit.dashboards.staffed import context, panel, plain, staffed, texts

ANN = Principal("ann", Role.ACCOUNT_MANAGER, frozenset({"a1"}))
DIRECTOR = Principal("dee", Role.DIRECTOR, frozenset({"a1", "a2"}))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    with staffed(tmp_path_factory.mktemp("service")) as opened:
        yield opened


def test_response_is_shown_under_both_policies(release: Release) -> None:
    # e1 in time; e2 late under the matrix; e3 and the unanswered e4 late under both. e5 is of the year before.
    response = panel(build(context(release)), "response")
    assert plain(response.title) == (
        "Answered: 25.0 % within the severity matrix, 50.0 % within the KPI target (4 escalations)."
    )
    assert texts(response) == [
        ["P0", "Severity matrix", "1 h", "1", "4", "25.0 %"],
        ["P0", "KPI target", "4 h", "2", "4", "50.0 %"],
    ]


def test_a_shorter_period_counts_what_was_decided_in_it(release: Release) -> None:
    assert "(3 escalations)" in panel(build(context(release, "?months=1")), "response").title
    assert "(4 escalations)" in panel(build(context(release, "?months=3")), "response").title
    assert "(4 escalations)" in panel(build(context(release, "?months=99")), "response").title


def test_dots_stand_at_their_hours_and_lead_to_their_client(release: Release) -> None:
    figure = panel(build(context(release)), "response").figure
    assert figure is not None
    met, late = checked(figure).data
    assert [round(10**x, 4) for x in met.x] == [0.5]
    assert [round(10**x, 4) for x in late.x] == [2.0, 5.0]  # the unanswered one has no time yet
    assert met.ids[0].startswith("/clients/c1") and late.ids[1].startswith("/clients/c%2F2")
    lines = [(round(10 ** shape["x0"], 4), shape["line"]["dash"]) for shape in checked(figure).layout.shapes]
    assert lines == [(1.0, "solid"), (4.0, "4px,3px")]


def test_misses_name_client_due_and_actual(release: Release) -> None:
    misses = panel(build(context(release)), "misses")
    assert misses.title == "5 limits were missed."  # responses of e2, e3, e4; resolutions of e3 and e4
    rows = {(row[0], row[3], row[4]): row for row in texts(misses)}
    late = rows["<script>x</script>", "response", "3 Aug 2026, 12:00"]
    assert late[2] == "1 h" and late[5:] == ["3 Aug 2026, 13:00", "both", "Bob <b>"]
    assert rows["Acme", "response", "2 Sep 2026, 09:00"][2:] == [
        "1 h", "response", "2 Sep 2026, 09:00", "2 Sep 2026, 10:00", "Severity matrix", "Ann",
    ]  # fmt: skip
    assert rows["Acme", "resolution", "21 Sep 2026, 08:00"][5] == "not yet resolved"
    assert misses.table is not None
    assert {row[0].href for row in misses.table.rows} == {"/clients/c1", "/clients/c%2F2"}


def test_open_escalations_past_their_limit_are_named_first_thing(release: Release) -> None:
    page = build(context(release))
    assert plain(page.headline) == "50.0 % of 4 escalations were resolved in time; 1 open is past the limit."
    assert panel(page, "open").title == "1 of 1 open escalation is past the limit."
    assert texts(panel(page, "open"))[0][3:6] == ["overdue", "20 Sep 2026, 12:00", "overdue"]


def test_kpis_have_value_before_target_and_sign(release: Release) -> None:
    page = build(context(release))
    reviews = panel(page, "kpis_1")
    assert reviews.table is not None
    touchpoints, qbrs = texts(reviews)
    assert touchpoints[:5] == ["Touchpoints held", "75.0 %", "50.0 %", "100 %", "40"]
    assert qbrs[:5] == ["QBRs held", "50.0 %", "100.0 %", "100 %", "2 (few)"]  # the quarter before, not the month
    assert [row[3].mark for row in reviews.table.rows] == ["✕", "✕"]
    assert reviews.table.rows[0][0].href == "/explain/touchpoint_rate?month=2026-09"
    assert texts(panel(page, "kpis_5"))[0][0] == "Brand new rate"  # a KPI no theme names is not lost


def test_a_team_is_the_sum_of_its_managers(release: Release) -> None:
    page = build(context(release, principal=DIRECTOR))
    assert page.subtitle.startswith("Team")
    assert texts(panel(page, "kpis_1"))[0][1] == "75.0 %"  # (10 + 20) / (10 + 30), not the mean of 100 % and 66.7 %
    assert panel(page, "nps").empty


def test_an_account_manager_reads_only_own_events(tmp_path: Path) -> None:
    with staffed(tmp_path, principal=ANN) as release:
        page = build(context(release, principal=ANN))
        foreign = build(context(release, "?am=a2", ANN))
    assert page.subtitle.startswith("Account manager Ann")
    assert "(3 escalations)" in panel(page, "response").title
    assert texts(panel(page, "kpis_1"))[0][1] == "100.0 %"
    assert "script" not in repr(page) and "Bob" not in repr(page) + repr(foreign)
    assert foreign.headline == "There is no such account manager."


def test_qbrs_by_quarter_and_who_had_none(release: Release) -> None:
    page = build(context(release))
    assert panel(page, "qbrs").title == "1 of 2 QBRs due in Q3 2026 was held."
    assert texts(panel(page, "qbrs"))[0] == [
        "Q3 2026", "2", "1", "50 % (1 of 2)", "100 % (1 of 1)", "0 % (0 of 1)", "100 % (1 of 1)", "n/a",
    ]  # fmt: skip
    assert texts(panel(page, "qbrs_missed")) == [["<script>x</script>", "Bob <b>"]]


def test_few_answers_are_hollow_and_said(release: Release) -> None:
    csat = panel(build(context(release)), "csat")
    assert csat.title == "CSAT is 82.0 in Sep 26, 2.0 above target."
    assert csat.figure is not None
    fills = checked(csat.figure).data[0].marker.color
    assert fills[-2] != fills[-1]  # 10 answers, then 4
    assert panel(build(context(release, "?am=a1")), "nps").title == "Too few answered in Q3 2026 to say: 3 answers."
    nps = panel(build(context(release)), "nps")
    assert plain(nps.title) == "NPS is 40.0 in Q3 2026, from 10 answers; between -8.0 and 88.0."
    assert nps.figure is not None
    assert (checked(nps.figure).data[0].error_y.array[-1], checked(nps.figure).data[0].error_y.arrayminus[-1]) == (
        48.0,
        48.0,
    )


def test_action_items_add_up_over_managers(release: Release) -> None:
    actions = panel(build(context(release)), "actions")
    assert actions.title == "2 action items are open, 1 of them for more than 60 days; the oldest for 70 days."
    assert texts(actions) == [["Q3 2026", "12", "50 %", "75 %", "2", "0", "1", "1", "70 days"]]


def test_nothing_to_show_is_said_and_no_rate_is_made_up(tmp_path: Path) -> None:
    tables = ("fct_escalations", "rpt_kpis", "fct_qbrs", "rpt_nps", "rpt_action_registry")
    with staffed(tmp_path, "".join(f"delete from marts.{table};" for table in tables)) as release:
        page = build(context(release))
    assert page.headline == "No escalation was due in 12 months to Sep 26; no open one is past its limit."
    assert all(each.empty for each in page.panels)
    assert all(tile.value == "n/a" and tile.reason for tile in page.tiles)


def test_figures_are_valid_plotly_with_harmless_text(release: Release) -> None:
    page = build(context(release))
    figures = [figure for each in page.panels for figure in (each.figure, each.narrow) if figure is not None]
    assert len(figures) == 8
    for figure in figures:
        assert "<script" not in checked(figure).to_json()


@pytest.mark.parametrize(
    ("hours", "said"), [(0.4, "24 min"), (3.5, "3.5 h"), (24, "24 h"), (50.4, "2.1 days"), (336, "14 days")]
)
def test_durations_read_as_people_say_them(hours: float, said: str) -> None:
    assert hours_words(hours) == said


@pytest.mark.parametrize(("month", "quarter"), [(9, 7), (10, 7), (11, 7), (12, 10), (3, 1)])
def test_the_latest_complete_quarter(month: int, quarter: int) -> None:
    assert newest_quarter(dt.date(2026, month, 1)) == dt.date(2026, quarter, 1)
    assert shown_month("qbr_completion_rate", dt.date(2026, month, 1)) == (dt.date(2026, quarter + 2, 1), 3)
    assert shown_month("csat_mean", dt.date(2026, month, 1)) == (dt.date(2026, month, 1), 1)
