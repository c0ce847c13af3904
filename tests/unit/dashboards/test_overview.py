"""The overview says what its rows say: sums, targets, sentences, and honest words where there is nothing to say."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from pipelines.dashboards.pages.context import Context, Units
from pipelines.dashboards.pages.overview import build
from pipelines.dashboards.pages.overview_rows import OverviewRows, read_overview
from pipelines.dashboards.pages.overview_waterfall import waterfall_steps, window
from pipelines.dashboards.pages.question import Question
from pipelines.dashboards.pages.view import Page, Panel, Tile
from pipelines.serving.principal import LEADERSHIP, Principal, Role
from tests.unit.dashboards.plotly_check import checked

BASIS = Units("USD", dt.date(2025, 12, 31))
JUNE = dt.date(2026, 6, 1)
ANN = Principal("ann", Role.ACCOUNT_MANAGER, frozenset({"a1"}))


def context_of(release, query: str = "", principal: Principal = LEADERSHIP) -> Context:
    return Context(release, Question.read(query), BASIS, principal, dt.date(2026, 7, 3))


def page_of(release, query: str = "", principal: Principal = LEADERSHIP) -> Page:
    return build(context_of(release, query, principal))


def raws(panel: Panel) -> list[list[str | None]]:
    assert panel.table is not None
    return [[cell.raw for cell in row] for row in (*panel.table.rows, panel.table.total) if row]


def panel(page: Page, key: str) -> Panel:
    return next(each for each in page.panels if each.key == key)


def tile(page: Page, key: str) -> Tile:
    return next(each for each in page.tiles if each.key == key)


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u2212", "-")


@pytest.fixture
def rows(company) -> OverviewRows:
    return read_overview(context_of(company()), JUNE)


@pytest.fixture
def page(company) -> Page:
    return page_of(company())


@pytest.mark.parametrize("basis", ["cc", "reported"])
def test_the_parts_of_the_waterfall_add_up_to_its_end(rows: OverviewRows, basis: str) -> None:
    steps = waterfall_steps(window(rows.waterfall, JUNE, basis), basis)
    amounts = steps["amount"].to_list()
    assert sum(amounts[:-1], Decimal(0)) == amounts[-1]
    assert steps["top"].to_list()[-2] == steps["top"].to_list()[-1]


def test_the_waterfall_sums_twelve_months_and_starts_where_they_start(rows: OverviewRows) -> None:
    shown = window(rows.waterfall, JUNE, "reported")
    steps = dict(waterfall_steps(shown, "reported").select("label", "amount").iter_rows())
    assert steps == {
        "Start Jun 25": Decimal("2620.00"),
        "New": Decimal("1200.00"),
        "Returned": Decimal("0.00"),
        "Expansion": Decimal("600.00"),
        "Contraction": Decimal("-360.00"),
        "Churn": Decimal("-240.00"),
        "Currency": Decimal("-120.00"),
        "End Jun 26": Decimal("3700.00"),
    }


def test_the_waterfall_figure_draws_exactly_these_amounts(rows: OverviewRows, company) -> None:
    steps = waterfall_steps(window(rows.waterfall, JUNE, "reported"), "reported")
    figures = panel(page_of(company(), "?basis=reported"), "waterfall")
    assert figures.figure and figures.narrow
    spans = [float(row["top"] - row["base"]) for row in steps.to_dicts()]
    assert list(checked(figures.figure).data[0].y) == spans
    assert list(checked(figures.narrow).data[0].x) == spans
    assert checked(figures.figure).data[0].marker.pattern.shape[6] == "/", "currency is hatched"


def test_the_trend_figure_draws_the_published_rates_on_one_scale(rows: OverviewRows, page: Page) -> None:
    nrr, grr = checked(panel(page, "nrr").figure), checked(panel(page, "grr").figure)
    lines = {trace.line.dash: list(trace.y) for trace in nrr.data if trace.mode == "lines+markers"}
    assert lines[None] == rows.retention["nrr_cc"].to_list()
    assert lines["5px,3px"] == rows.retention["nrr_reported"].to_list()
    assert nrr.layout.yaxis.range == grr.layout.yaxis.range


def test_titles_are_sentences_with_the_numbers_of_the_rows(page: Page) -> None:
    assert plain(page.headline) == "NRR is 103.4 %, 6.6 points below target; currency takes 1.0."
    assert plain(panel(page, "waterfall").title) == ("ARR grew to 4.0 k (+1.2 k) in 12 months: 1.8 k won, 600 lost.")
    assert plain(panel(page, "nrr").title) == "NRR is 103.4 %, 6.6 points below target, up 2.4 on a year ago."
    assert plain(panel(page, "churn").title) == "2 clients left in 12 months with 1.0 k of ARR, 90.0 % of it voluntary."
    assert plain(panel(page, "movements_1").title) == "In Jun 26, ARR fell by 800 before currency; Acme left (-900)."


def test_tiles_show_band_target_and_changes(page: Page) -> None:
    nrr = tile(page, "nrr")
    assert (plain(nrr.value), plain(nrr.beside), nrr.band) == ("103.4 %", "reported 102.4 %", "acceptable")
    assert plain(nrr.target) == "target 110 % or more"
    assert [plain(f"{change.amount} {change.since} {change.tone}") for change in nrr.changes] == [
        "+0.2 pp May 26 good",
        "+2.4 pp Jun 25 good",
    ]
    assert plain(tile(page, "grr").target) == "target above 95 %"
    churn = tile(page, "logo_churn_rate")
    assert (churn.band, plain(churn.target)) == ("target", "target below 10 %")
    assert tile(page, "expansion_rate").band == "target"


def test_a_limit_that_starts_later_does_not_hold_yet_and_one_that_holds_is_read_from_the_policy(company) -> None:
    changed = company("update policy.retention_bands set lower_bound = 1.03 where metric = 'nrr' and band = 'target'")
    assert tile(page_of(changed), "nrr").band == "target"


def test_movements_are_listed_by_size_and_total_the_change_of_the_period(page: Page) -> None:
    table = panel(page, "movements_3").table
    assert table is not None
    assert [row[0].text for row in table.rows] == ["Acme", "Acme", "Brown"]
    assert [row[3].raw for row in table.rows] == ["-900.50", "300.00", "100.25"]
    assert table.total[3].raw == "-500.25"
    assert table.rows[2][4].text == "unassigned"


def test_movements_beyond_the_shown_ones_are_summed(company) -> None:
    many = company(
        "insert into marts.fct_arr_movements"
        " select '2026-06-01', 'd' || i, 'new', 'a1', 10 + i, 10 + i, 'tail' from range(20) t(i)"
    )
    table = panel(page_of(many), "movements_1").table
    assert table is not None
    shown = [Decimal(row[2].raw) for row in table.rows]
    assert table.rows[-1][0].text == "14 other movements"
    assert sum(shown) == Decimal(table.total[2].raw)


def test_the_churn_table_totals_its_bars(page: Page) -> None:
    churn = panel(page, "churn")
    assert churn.table is not None and churn.figure is not None
    assert list(checked(churn.figure).data[0].x) == [900.5, 99.5]
    assert [cell.raw for cell in churn.table.total] == ["Total", "2", "1000.00"]


def test_the_trust_strip_counts_rows_and_failed_checks(page: Page) -> None:
    assert page.trust is not None
    assert page.trust.title == "All 110 rows are accounted for; 2 rows are in quarantine and 1 check failed."
    assert {fact.label: fact.value for fact in page.facts} == {
        "Files landed": "2", "Rows read": "110", "Rows used": "107", "Duplicates": "1", "Quarantined": "2",
        "Sources": "1", "Checks failed": "1",
    }  # fmt: skip


def test_a_late_source_is_named_in_the_trust_strip(page: Page, company) -> None:
    late = "the newest export of stripe is of 2026-05-01, 60 days before 2026-06-30"
    shown = page_of(
        company(
            f"insert into ops.checks values ('r1', 'row_accounting', 'late_sources', 'warn', false, false, '{late}')"
        )
    )
    facts = {fact.label: (fact.note, fact.tone) for fact in shown.facts}
    assert facts["Sources"] == (late, "bad")
    assert {fact.label: fact.note for fact in page.facts}["Sources"] == "none is late"


def test_rows_that_went_missing_are_said_first(company) -> None:
    lossy = page_of(company("update ops.load_files set rows_landed = 90 where entity = 'invoices'"))
    assert lossy.trust and lossy.trust.title == "7 rows of 110 are not accounted for."


def test_without_any_data_the_page_says_so_and_what_to_do(company) -> None:
    empty = page_of(company(rows=False))
    assert not empty.tiles and not empty.panels
    assert "tenure refresh" in empty.empty
    assert empty.trust and empty.trust.empty


def test_with_less_than_a_year_of_history_rates_are_not_available_and_the_reason_stands_beside(company) -> None:
    young = page_of(
        company("delete from marts.rpt_retention; delete from marts.rpt_arr_waterfall where month < '2026-01-01'")
    )
    nrr = tile(young, "nrr")
    assert (nrr.value, nrr.reason) == ("n/a", "Needs 12 months of history; nothing is known of Jun 25.")
    assert panel(young, "nrr").empty and panel(young, "nrr").figure is None
    assert "in 6 months" in panel(young, "waterfall").title
    assert young.headline.startswith("ARR is")


def test_a_rate_without_a_denominator_is_not_zero(company) -> None:
    none = page_of(
        company("update marts.rpt_retention set nrr_cc = null, clients_start = 0 where month = '2026-06-01'")
    )
    nrr = tile(none, "nrr")
    assert (nrr.value, nrr.band, nrr.changes) == ("n/a", "", ())
    assert nrr.reason == "No client had ARR in Jun 25, so there is nothing to compare with."


def test_a_small_cohort_is_marked(company) -> None:
    few = page_of(company("update marts.rpt_retention set clients_start = 3"))
    assert tile(few, "nrr").note == "only 3 clients: read with care"


def test_no_churn_and_no_movement_are_good_news_not_broken_charts(company) -> None:
    calm = page_of(company("delete from marts.fct_churn; delete from marts.fct_arr_movements"))
    assert panel(calm, "churn").title == "No client left in 12 months."
    assert panel(calm, "movements_1").title == "No client's ARR moved in Jun 26."


def test_a_release_without_policy_or_checks_shows_its_numbers_without_bands(company) -> None:
    bare = page_of(company("drop table policy.retention_bands; drop table ops.checks"))
    assert (tile(bare, "nrr").band, tile(bare, "nrr").target) == ("", "")
    assert plain(bare.headline) == "NRR is 103.4 %; currency takes 1.0."
    assert bare.facts[-1].value == "n/a"


def test_the_window_of_the_waterfall_is_the_twelve_months_to_the_month_asked_for(rows: OverviewRows) -> None:
    shuffled = rows.waterfall.sample(fraction=1, shuffle=True, seed=1)
    steps = waterfall_steps(window(shuffled, dt.date(2025, 12, 1), "cc"), "cc")
    assert steps.filter(pl.col("kind") == "total")["amount"].to_list() == [Decimal("2200.00"), Decimal("3400.00")]


AM_WATERFALL = """
    insert into marts.rpt_arr_waterfall values
        ('2026-05-01', 'cc', 'am', 'a1', 500, 0, 0, 0, 0, 0, 250, 0, 750),
        ('2026-06-01', 'cc', 'am', 'a1', 750, 0, 0, 10, 0, 100, -60, 0, 600),
        ('2026-05-01', 'cc', 'tier', 'growth', 300, 0, 0, 50, 0, 0, 0, 0, 350),
        ('2026-06-01', 'cc', 'tier', 'growth', 320, 0, 0, 0, 20, 0, 0, 0, 300);
"""


def test_transfers_of_an_account_manager_are_a_bar_of_their_own_and_the_sum_holds(company) -> None:
    shown = panel(page_of(company(AM_WATERFALL), "?am=a1"), "waterfall")
    amounts = {row[0]: Decimal(row[1] or "") for row in raws(shown)}
    assert amounts.pop("End Jun 26") == sum(amounts.values()) == Decimal(600)
    assert amounts["Transfers"] == 190
    assert "transfers added 190" in plain(shown.title)


def test_what_changed_tier_between_two_months_is_a_bar_of_its_own(company) -> None:
    shown = panel(page_of(company(AM_WATERFALL), "?tier=growth"), "waterfall")
    amounts = {row[0]: Decimal(row[1] or "") for row in raws(shown)}
    assert (amounts["Changed tier"], amounts["Start Apr 26"], amounts["End Jun 26"]) == (-30, 300, 300)


def test_a_bar_leads_to_its_clients_with_the_same_question_and_every_bar_is_drawn(company) -> None:
    figures = panel(page_of(company(AM_WATERFALL), "?am=a1&cohort=gross"), "waterfall")
    bars = checked(figures.figure).data[0]
    assert bars.ids[5] == "/clients?am=a1&movement=churn"
    assert len(set(bars.ids)) == len(bars.y), "Plotly drops what repeats an id"


def test_basis_and_month_come_from_the_question(company) -> None:
    shown = page_of(company(), "?basis=reported&month=2026-05")
    assert plain(shown.headline) == (
        "Reported NRR is 102.2 %, 7.8 points below target; in constant currency it is 103.2 %."
    )
    assert (plain(tile(shown, "arr").value), plain(tile(shown, "arr").beside)) == ("3.6 k", "constant currency 3.9 k")
    assert "Currency" in [row[0] for row in raws(panel(shown, "waterfall"))]
    assert "Currency" not in [row[0] for row in raws(panel(page_of(company()), "waterfall"))]


def test_tiles_lead_to_the_explanation_of_their_month_without_switches_of_this_page(company) -> None:
    shown = page_of(company(), "?basis=reported&by=am")
    assert tile(shown, "nrr").href == "/explain/nrr_reported?month=2026-06&basis=reported"
    assert tile(shown, "logo_churn_rate").href == "/explain/logo_churn_rate?month=2026-06&basis=reported"


def test_health_bands_add_up_to_the_balance_of_their_clients(page: Page) -> None:
    assert [[row[index] for index in (0, 1, 2)] for row in raws(panel(page, "health"))] == [
        ["red", "1", "600.00"], ["yellow", "1", "1000.00"], ["green", "1", "400.00"], ["Total", "3", "2000.00"],
    ]  # fmt: skip
    assert plain(panel(page, "health").title) == (
        "Of ARR, 600 (30.0 %) is red and 1.0 k (50.0 %) is yellow; 33.3 % of clients are green, target 70 % or more."
    )


def test_risks_go_by_arr_times_missing_health_and_name_what_lacks_most(page: Page) -> None:
    risks = panel(page, "risks")
    assert risks.table is not None
    assert [row[0].text for row in risks.table.rows] == ["Delta", "Echo", "Brown"], "600 x 53, 1000 x 25, late renewal"
    assert [row[4].text for row in risks.table.rows] == [
        "hiring 25 of 25, satisfaction 15 of 20", "expansion pipeline 10 of 10, escalations 10 of 10", "none measured",
    ]  # fmt: skip
    assert risks.table.rows[1][3].text == "··········●◐"
    assert risks.table.rows[2][5].text == "31 Aug 2026, late"
    assert risks.table.total[1].raw == "2000.00"
    assert risks.table.rows[0][0].href == "/clients/c4"


def test_renewals_are_not_told_for_a_month_before_the_newest(company) -> None:
    health = "update marts.fct_client_health set as_of_on = '2026-05-31', month = '2026-05-01' where client_id <> 'c5';"
    shown = panel(page_of(company(health + "update marts.fct_arr set month = '2026-05-01'"), "?month=2026-05"), "risks")
    assert shown.table and [row[0].text for row in shown.table.rows] == ["Delta"]
    assert "newest month only" in shown.remark


def test_expansions_go_by_what_is_open_and_total_all_of_it(page: Page) -> None:
    assert [row[:3] for row in raws(panel(page, "expansions"))] == [
        ["Echo", "200.00", "0.00"], ["Brown", "50.00", "0.00"], ["All", "250.00", "0.00"],
    ]  # fmt: skip


def test_a_segment_lists_its_own_clients_only(company) -> None:
    north = "insert into marts.rpt_arr_waterfall select * replace ('region' as segment, 'North' as segment_value) from "
    shown = page_of(company(f"{north} marts.rpt_arr_waterfall"), "?region=North")
    assert [row[0] for row in raws(panel(shown, "risks"))] == ["Delta", "At risk"]
    assert [row[0] for row in raws(panel(shown, "churn"))] == ["Voluntary", "Unclassified", "Total"]
    assert [row[0] for row in raws(panel(shown, "movements_3"))] == ["Acme", "Acme", "Net change"]
    assert shown.subtitle.startswith("Region North")


def test_somebody_without_figures_is_told_so_and_can_choose(company) -> None:
    shown = page_of(company(), "?am=nobody")
    assert shown.headline == "There are no figures of Account manager nobody."
    assert shown.empty and shown.choices and not shown.panels


def test_a_month_that_is_not_there_is_told_and_the_newest_is_shown(company) -> None:
    shown = page_of(company(), "?month=2030-01&basis=gold")
    assert shown.notice == "Not understood and left out: basis gold, month 2030-01."
    assert "Jun 26" in shown.subtitle


def test_an_account_manager_gets_own_figures_without_asking(company) -> None:
    assert page_of(company(AM_WATERFALL), principal=ANN).subtitle.startswith("Account manager Ann")


def test_the_largest_losses_are_named_on_the_line(page: Page) -> None:
    figure = panel(page, "grr").figure
    assert figure is not None
    marks = [trace for trace in checked(figure).data if trace.mode == "markers"]
    assert [list(trace.ids) for trace in marks] == [["/clients/c1", "/clients/c3"]]
    assert [note.text for note in checked(figure).layout.annotations if "Acme" in note.text] == ["Acme −900"]
