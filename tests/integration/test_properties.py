"""Random small companies through the real landing and models: identities hold, an independent calculation agrees.

One build holds many companies (a build costs seconds, a company nothing), so that few examples cover hundreds.
"""

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.landing import land
from pipelines.settings import Settings
from pipelines.warehouse import build
from tests.integration.random_companies import (
    Company,
    make_company,
    random_rates,
    recognised_revenue,
    recurring_arr,
    write_inbox,
)

COMPANIES = 80
MODELS = ["fct_revenue", "fct_arr", "fct_arr_movements", "fct_expansion_types", "rpt_arr_waterfall", "rpt_retention"]
# The identities run as dbt tests on every build; here they meet companies that nobody wrote by hand.
IDENTITIES = {
    "assert_every_needed_rate_is_known",
    "assert_expansion_types_are_the_expansion",
    "assert_portfolios_add_up",
    "assert_recognised_revenue_is_the_lines",
    "assert_retention_identities",
    "assert_segments_add_up",
    "assert_waterfall_ends_are_arr",
    "assert_waterfalls_tie",
}


@pytest.mark.slow  # three companies are built
@hypothesis_settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a smaller example is found by its company's seed, not by a hundred more builds
    suppress_health_check=list(HealthCheck),
)
@given(
    seeds=st.lists(st.integers(1, 10**6), min_size=COMPANIES, max_size=COMPANIES, unique=True),
    reporting_currency=st.sampled_from(["USD", "EUR"]),
    as_of=st.dates(dt.date(2025, 3, 1), dt.date(2026, 3, 31)),
)
def test_random_companies_keep_the_identities(seeds: list[int], reporting_currency: str, as_of: dt.date) -> None:
    companies = [make_company(seed, reporting_currency) for seed in seeds]
    with tempfile.TemporaryDirectory() as folder:
        file = build_of(Path(folder), companies, reporting_currency, as_of)
        with duckdb.connect(str(file), read_only=True) as warehouse:
            assert_arr_is_the_oracles(warehouse, companies, as_of)
            assert_revenue_is_the_oracles(warehouse, companies, as_of)
            assert_cc_is_reported_at_home(warehouse, companies)
            assert_revenue_and_arr_are_there(warehouse)


def build_of(home: Path, companies: list[Company], reporting_currency: str, as_of: dt.date) -> Path:
    """The warehouse file of a build in which every identity held."""
    settings = Settings(home=home, as_of=as_of, reporting_currency=reporting_currency, fx_source="files")
    write_inbox(settings.inbox, companies, random_rates(companies[0].seed, as_of))
    receipt = land(settings, "run")
    assert not receipt.refused and not receipt.unknown, receipt
    result = build(settings, home / "build", "run", only=MODELS)
    broken = [f"{node.name}: {node.message}" for node in result.nodes if not node.is_test and node.status == "error"]
    assert not broken, "\n".join(broken)
    identities = {node.name: node for node in result.nodes if node.name in IDENTITIES}
    assert set(identities) == IDENTITIES
    failed = [f"{name}: {node.messages or node.message}" for name, node in identities.items() if node.status != "pass"]
    assert not failed, "\n".join(failed)
    return result.file


def assert_arr_is_the_oracles(warehouse: duckdb.DuckDBPyConnection, companies: list[Company], as_of: dt.date) -> None:
    expected = recurring_arr([line for company in companies for line in company.lines], as_of)
    rows = warehouse.execute(
        "select client_id, currency, month, recurring_arr_local, arr_local, usage_arr_local from marts.fct_arr"
    ).fetchall()
    found = {(client, currency, month): recurring for client, currency, month, recurring, _, _ in rows}
    wrong = {
        key: (value, expected.get(key, Decimal(0))) for key, value in found.items() if value != expected.get(key, 0)
    }
    assert not wrong, f"(warehouse, oracle) by client, currency and month: {_some(wrong)}"
    # A month is missing only where usage credits took it all: then the recurring part alone proves nothing.
    users = {(line.client_id, line.currency) for company in companies for line in company.lines if line.kind == "usage"}
    missing = {key: value for key, value in expected.items() if value > 0 and key not in found and key[:2] not in users}
    assert not missing, f"the oracle has ARR that the warehouse lacks: {_some(missing)}"
    assert all(arr == recurring + usage for *_, recurring, arr, usage in rows if abs(usage) == 0)


def assert_revenue_is_the_oracles(
    warehouse: duckdb.DuckDBPyConnection, companies: list[Company], as_of: dt.date
) -> None:
    expected = recognised_revenue([line for company in companies for line in company.lines], as_of)
    rows = warehouse.execute(
        "select client_id, currency, sum(revenue_local) from marts.fct_revenue group by all"
    ).fetchall()
    found = {(client, currency): revenue for client, currency, revenue in rows if revenue}
    wrong = {
        key: (found.get(key), expected.get(key)) for key in found | expected if found.get(key) != expected.get(key)
    }
    assert not wrong, f"(warehouse, oracle) by client and currency: {_some(wrong)}"


def assert_cc_is_reported_at_home(warehouse: duckdb.DuckDBPyConnection, companies: list[Company]) -> None:
    """A company billed in the reporting currency alone has no FX effect anywhere: both bases are the same."""
    regions = [f"{company.seed}-region" for company in companies if company.is_domestic]
    differing = warehouse.execute(
        "select month, window_months, segment_value from marts.rpt_retention"
        " where segment = 'region' and segment_value in (select unnest(?))"
        " and (nrr_cc <> nrr_reported or grr_cc <> grr_reported or fx_effect_pp <> 0)",
        [regions],
    ).fetchall()
    assert not differing, differing[:5]
    bars = "start_arr, new_arr, reactivation_arr, expansion_arr, contraction_arr, churn_arr, fx_effect, end_arr"
    both = (
        "select month, segment_value, {} from marts.rpt_arr_waterfall"
        " where basis = ? and segment_value in (select unnest(?))"
    )
    apart = warehouse.execute(
        f"{both.format(bars)} except {both.format(bars)}", ["cc", regions, "reported", regions]
    ).fetchall()
    assert not apart, apart[:5]


def assert_revenue_and_arr_are_there(warehouse: duckdb.DuckDBPyConnection) -> None:
    """The identities hold for an empty table too: every kind of movement and expansion must have occurred."""
    movements = _values(warehouse, "fct_arr_movements", "movement_type")
    assert movements == {"new", "reactivation", "expansion", "contraction", "churn", "fx_only"}
    assert {"geographic", "new_division", "volume", "price"} <= _values(
        warehouse, "fct_expansion_types", "expansion_type"
    )
    transfers = warehouse.execute("select count(*) from marts.rpt_arr_waterfall where transfer_arr <> 0").fetchone()
    assert transfers and transfers[0] > 0


def _values(warehouse: duckdb.DuckDBPyConnection, table: str, column: str) -> set[str]:
    return {row[0] for row in warehouse.execute(f"select distinct {column} from marts.{table}").fetchall()}


def _some(found: dict) -> str:
    return ", ".join(f"{key}: {value}" for key, value in sorted(found.items(), key=str)[:5])
