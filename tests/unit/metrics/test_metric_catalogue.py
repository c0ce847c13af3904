"""The catalogue is complete: every published number has an entry, and every entry stands where it says it does."""

import re
from typing import Any

import pytest

from pipelines.explain.catalogue import RELATIONS
from pipelines.explain.entries import COMPANY, Entry, catalogue
from pipelines.settings import PROJECT_ROOT
from pipelines.warehouse import project
from pipelines.warehouse.policy import seeds
from tests.unit.warehouse.published import PUBLISHED_COLUMNS

ENTRIES = list(catalogue().entries.values())
BOOK = (PROJECT_ROOT / "docs" / "metric-book.md").read_text(encoding="utf-8")
POLICY = PROJECT_ROOT / "dbt_project" / "seeds" / "policy"
NUMBERS = re.compile(r"decimal|bigint|integer|boolean")
# Names of the policy for a number that the catalogue calls otherwise.
CALLED = {"score": "scorecard_score"}
# Numbers of the marts that are no metrics, and why.
NOT_METRICS = {
    "keys and what a row is": {
        "rpt_retention": "window_months",
        "fct_client_health": "is_month_end",
        "dim_account_managers": "is_active",
        "fct_arr": "is_provisional",
        "rpt_okrs": "is_lower_better",
    },
    "what a target or a verdict is, shown beside the metric": {
        "rpt_kpis": "target is_met previous_value",
        "rpt_promotion_readiness": "threshold is_met",
        "rpt_scorecard": "weight target actual",
        "rpt_scorecard_ratings": "is_meets_or_better",
        "rpt_okrs": "target actual",
        "rpt_portfolios": "expansion_goal quota",
        "rpt_nps": "nps_low nps_high is_too_few",
        "rpt_renewal_forecast": "renewal_rate_low renewal_rate_high forecast_low_cc forecast_high_cc",
        "fct_renewals": "forecast_low_cc forecast_high_cc",
        "fct_client_health": "score_low score_high is_band_certain",
    },
    "what a metric is made of": {
        "rpt_kpis": "numerator denominator",
        "rpt_nps": "promoters passives detractors",
        "rpt_client_economics": "category_spend_cc costed_revenue_cc cost_cc",
        "rpt_margins": "costed_revenue_cc cost_cc",
        "rpt_health_calibration": "clients lost_clients",
        "rpt_renewal_forecast": "contracts_ended contracts_renewed contracts_due value_cc forecast_cc",
        "rpt_action_registry": "closed_30d closed_60d open_up_to_30d open_31_to_60d open_over_60d",
        "fct_client_health": """open_orders hires_per_month days_to_pay flagged_invoices nps_mean sponsor_activities
            executive_activities active_contacts open_expansion_cc open_expansions escalations overdue_escalations
            earned_points available_points""",
        "fct_renewals": "days_to_end renewal_rate",
        "rpt_white_space": "revenue_12m_cc",
        "fct_fx_flags": "move_rate value_cc",
    },
    "events, counted by a KPI or the ARR bridge": {
        "fct_churn": "is_surprise",
        "fct_qbrs": "is_due is_completed executive_attended deck_on_time actions_logged follow_up_on_time",
        "fct_escalations": "response_hours resolution_hours is_response_met is_resolution_met",
        "fct_arr_movements": """start_arr_cc end_arr_cc change_cc start_arr_reported end_arr_reported change_reported
            fx_effect_reported""",
    },
    "in the currency of the invoice, which does not add up": {
        "fct_arr": "arr_local recurring_arr_local usage_arr_local",
        "fct_revenue": "revenue_local",
    },
    "the same number as in another mart": {"dim_clients": "arr_cc health_score"},
}


@pytest.fixture(scope="module")
def columns() -> dict[str, dict[str, str]]:
    """Data types by column of every mart."""
    nodes: Any = project.parsed_manifest().nodes.values()
    return {
        f"marts.{node.name}": {column.name: column.data_type for column in node.columns.values()}
        for node in nodes
        if str(node.resource_type) == "model" and node.schema == "marts"
    }


def named(rows: str, column: str) -> set[str]:
    """The values of a column of a policy seed as shipped."""
    header, *lines = (POLICY / f"{rows}.csv").read_text(encoding="utf-8").splitlines()
    return {line.split(",")[header.split(",").index(column)] for line in lines}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_stands_where_it_says(entry: Entry, columns: dict[str, dict[str, str]]) -> None:
    for place, source in zip(entry.places, entry.sources, strict=True):
        assert (place.column or entry.name) in columns[source.table]
        sql = " ".join(
            [*source.by.values(), *filter(None, [source.month, source.window, source.basis, source.name, source.rows])]
        )
        words = set(re.findall(r"(?<!')\b[a-z_][a-z_0-9]*\b(?!'|\()", sql)) - {"facts", "as", "case", "when", "then"}
        words -= {"else", "end", "date"}
        assert words <= set(columns[source.table]), source.table
        if source.segments:
            assert {"segment", "segment_value"} <= set(columns[source.table])
    if entry.target and entry.source.band:
        assert entry.source.band.format(column=entry.column) in columns[entry.table]
    if entry.target:
        assert entry.target.policy in seeds()


def test_every_number_of_the_marts_is_a_metric_or_says_why_not(columns: dict[str, dict[str, str]]) -> None:
    known: dict[str, set[str]] = {}
    for entry in ENTRIES:
        for place, source in zip(entry.places, entry.sources, strict=True):
            known.setdefault(source.table, set()).add(place.column or entry.name)
    excused = [
        (f"marts.{table}", column)
        for tables in NOT_METRICS.values()
        for table, names in tables.items()
        for column in names.split()
    ]
    for table, column in excused:
        assert column in columns[table] and column not in known.get(table, set()), f"{table}.{column}"
    missing = [
        f"{table}.{column}"
        for table, types in columns.items()
        for column, kind in types.items()
        if NUMBERS.match(kind) and column not in known.get(table, set()) and (table, column) not in excused
    ]
    assert missing == []


@pytest.mark.parametrize("table", [table for table in PUBLISHED_COLUMNS if table.startswith("marts.rpt_")])
def test_every_table_of_figures_has_metrics(table: str) -> None:
    assert [entry for entry in ENTRIES if table in {source.table for source in entry.sources}]


@pytest.mark.parametrize(
    ("seed", "column"),
    [
        ("okr_metrics", "metric"),
        ("kpi_targets", "kpi"),
        ("scorecard_weights", "metric"),
        ("promotion_criteria", "criterion"),
        ("portfolio_ranges", "measure"),
    ],
)
def test_what_the_policy_names_is_a_metric(seed: str, column: str) -> None:
    assert {CALLED.get(name, name) for name in named(seed, column)} <= catalogue().entries.keys()


def test_the_bands_of_the_policy_are_those_of_metrics() -> None:
    targets = [entry.target for entry in ENTRIES if entry.target and entry.target.policy == "retention_bands"]
    names = {entry.target.name or entry.name for entry in ENTRIES if entry.target in targets and entry.target}
    assert names == named("retention_bands", "metric")


def test_the_kpis_are_those_of_the_book() -> None:
    table = BOOK[BOOK.index("| kpi ") : BOOK.index("**KPI attainment**")]
    kpis = set(re.findall(r"\b[a-z0-9_]+_(?:rate|mean)\b", table))
    assert kpis == {entry.name for entry in ENTRIES if entry.table == "marts.rpt_kpis"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_names_its_place_in_the_book(entry: Entry) -> None:
    number, words = entry.book.split(". ", 1)
    sections = re.split(r"^## ", BOOK, flags=re.MULTILINE)
    section = next(section for section in sections if section.startswith(f"{number}. "))
    assert words.casefold() in section.casefold()


def test_only_what_is_counted_event_by_event_is_added_up_over_a_quarter() -> None:
    _, *lines = (POLICY / "okr_metrics.csv").read_text(encoding="utf-8").splitlines()
    sums = {metric: is_sum == "true" for metric, _, is_sum, _ in (line.split(",") for line in lines)}
    kpis = [entry for entry in ENTRIES if entry.table == "marts.rpt_kpis" and entry.name != "kpi_attainment_rate"]
    assert {entry.name: entry.over_time == "sum" for entry in kpis} == {entry.name: sums[entry.name] for entry in kpis}


def test_the_quarterly_kpis_are_those_of_the_mart() -> None:
    model = (PROJECT_ROOT / "dbt_project" / "models" / "marts" / "rpt_kpis.sql").read_text(encoding="utf-8")
    quarterly = set(re.findall(r"'(\w+)'", model[: model.index("%}")]))
    assert quarterly == {entry.name for entry in ENTRIES if entry.table == "marts.rpt_kpis" and entry.is_quarterly}


def test_an_explanation_names_relations_and_parts_that_there_are() -> None:
    for entry in ENTRIES:
        if entry.explain:
            parts = {part.name for part in RELATIONS[entry.explain.relation].parts}
            ratios = [*entry.explain.ratios, *filter(None, [entry.explain.monthly])]
            used = {name for ratio in ratios for name in (ratio.denominator, *(term[1:] for term in ratio.numerator))}
            assert used | set(entry.explain.shown) | set(filter(None, [entry.explain.total])) <= parts, entry.name


def test_a_figure_of_the_company_is_a_segment_or_a_sum() -> None:
    assert catalogue().entries["nrr_cc"].has_company
    assert COMPANY not in catalogue().entries["nrr_cc"].dimensions
    assert not catalogue().entries["handover_fair_nrr_cc"].has_company
