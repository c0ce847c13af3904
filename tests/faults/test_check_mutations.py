"""Promise: every known kind of defect is caught, by a check that can be named.

Each is planted for real, in a copy of one good build, and the whole gate is asked. docs/check-matrix.md is this table.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipelines.audit.checks import Check, Severity, blocking
from pipelines.audit.expectations import ExpectationsProcess
from pipelines.audit.gate import audit
from pipelines.audit.profile import read_profile
from pipelines.engine import CONFIG
from pipelines.settings import PROJECT_ROOT
from tests.small_company import tenure

MATRIX = PROJECT_ROOT / "docs" / "check-matrix.md"
HEAD = """# Which check catches which defect

Each defect is planted into a copy of a good build, and the whole gate is asked (`tests/faults/test_check_mutations.py`,
part of `make test-slow`). A build without a defect passes. This page is that module's table; a test compares them.

| defect | how it is planted | caught by |
| ------ | ----------------- | --------- |
"""


@dataclass(frozen=True)
class Defect:
    """What is planted (`sql` into the warehouse, `lake` into the lake's files), and the checks that must fail."""

    words: str
    caught_by: tuple[str, ...]
    sql: str = ""
    lake: Callable[[Path], None] | None = None


def lines_files(lake: Path) -> list[Path]:
    return sorted((lake / "invoice_lines").glob("*.parquet"))


def entry_of(lake: Path, parquet: Path) -> Path:
    return lake / "_ledger" / f"{parquet.stem}.json"


def drop_lake_file(lake: Path) -> None:
    lines_files(lake)[0].unlink()


def drop_load(lake: Path) -> None:
    """As if a load had never been, although the build used it."""
    file = lines_files(lake)[0]
    entry_of(lake, file).unlink()
    file.unlink()


def change_amount(lake: Path) -> None:
    file = lines_files(lake)[0]
    other = file.with_suffix(".other")
    duckdb.execute(
        f"""copy (select * replace (case when _line_number = 2 then amount + 0.01 else amount end as amount)
            from read_parquet('{file}')) to '{other}' (format parquet)"""
    )
    other.replace(file)


def change_amount_and_hash(lake: Path) -> None:
    """As a bug in parsing would: the lake and the ledger agree, the file's own text does not."""
    import hashlib

    change_amount(lake)
    file = lines_files(lake)[0]
    path = entry_of(lake, file)
    entry = json.loads(path.read_text())
    entry["entities"]["invoice_lines"]["parquet_sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    path.write_text(json.dumps(entry))


def lose_a_row(lake: Path) -> None:
    file = lines_files(lake)[0]
    path = entry_of(lake, file)
    entry = json.loads(path.read_text())
    entry["entities"]["invoice_lines"]["rows_landed"] -= 1
    path.write_text(json.dumps(entry))


def age_the_sources(lake: Path) -> None:
    for path in (lake / "_ledger").glob("*.json"):
        entry = json.loads(path.read_text())
        path.write_text(json.dumps({**entry, "exported_at": "2026-01-31T00:00:00"}))


A_LINE = """(select line_key from intermediate.int_invoice_lines as picked
    where picked.amount > 0 and picked.revenue_type = 'recurring' and picked.months_w >= 3 order by line_key limit 1)"""
AN_INVOICE = "(select invoice_key from staging.stg_invoices where currency = 'USD' order by invoice_key limit 1)"
A_CLIENT = "(select client_id from marts.dim_clients where arr_cc > 0 order by client_id limit 1)"
LAST = "(select last_month from staging.stg_run)"
RECONCILED = "reconciliation.published_invoices_are_those_of_the_files"
COUNTED = "reconciliation.counted_lines_are_the_invoices_that_count"

DEFECTS = {
    "duplicated_line": Defect(
        "An invoice line stands twice in staging",
        (RECONCILED,),
        "insert into staging.stg_invoice_lines select * from staging.stg_invoice_lines where amount <> 0 limit 1",
    ),
    "line_counted_twice": Defect(
        "A join doubles a line on its way into revenue",
        (COUNTED,),
        f"""insert into intermediate.int_invoice_lines
            select * from intermediate.int_invoice_lines where line_key = {A_LINE}""",
    ),
    "lost_line": Defect(
        "A join loses a line on its way into revenue",
        (COUNTED,),
        f"delete from intermediate.int_invoice_lines where line_key = {A_LINE}",
    ),
    "wrong_sign": Defect(
        "A line's amount changes its sign",
        (COUNTED, "dbt.assert_recognised_revenue_is_the_lines"),
        f"""update intermediate.int_invoice_lines set amount = -amount where line_key = (
            select line_key from intermediate.int_invoice_lines
            where amount > 0 and recognised_to < {LAST} order by line_key limit 1)""",
    ),
    "swapped_currency": Defect(
        "An invoice in USD counts as one in EUR",
        (RECONCILED,),
        f"update staging.stg_invoices set currency = 'EUR' where invoice_key = {AN_INVOICE}",
    ),
    "wrong_month": Defect(
        "An invoice is taken for one of the month before",
        (RECONCILED,),
        f"update staging.stg_invoices set issued_on = issued_on - interval 1 month where invoice_key = {AN_INVOICE}",
    ),
    "missing_month": Defect(
        "A month of revenue is missing from the mart",
        ("dbt.assert_revenue_is_the_allocation",),
        "delete from marts.fct_revenue where month = date '2025-05-01'",
    ),
    "missing_last_month": Defect(
        "ARR ends a month too early",
        (
            "fct_arr.arr_reaches_the_last_complete_month",
            "dbt.assert_waterfall_ends_are_arr",
            "dbt.assert_client_arr_is_the_last_months",
        ),
        f"delete from marts.fct_arr where month = {LAST}",
    ),
    "shifted_period": Defect(
        "A line's service period moves by a month",
        ("dbt.assert_lines_stay_in_their_period",),
        f"""update intermediate.int_invoice_lines set service_start = service_start + interval 1 month,
            service_end = service_end + interval 1 month where line_key = {A_LINE}""",
    ),
    "shifted_revenue": Defect(
        "A line's revenue is recognised a year late",
        ("dbt.assert_lines_stay_in_their_period",),
        f"""update intermediate.int_revenue__by_line_and_month set month = month + interval 1 year
            where line_key = {A_LINE}""",
    ),
    "wrong_parent": Defect(
        "An account counts for another client than the account above it",
        ("dbt.assert_accounts_follow_their_parents",),
        """update intermediate.int_clients__by_account set client_id = (
                select max(client_id) from intermediate.int_clients
            ) where account_id = (
                select account_id from staging.stg_accounts where parent_account_id is not null order by 1 limit 1
            )""",
    ),
    "arr_of_another_client": Defect(
        "A client's ARR stands under another client",
        ("dbt.assert_client_arr_is_the_last_months",),
        f"""update marts.fct_arr set client_id = (select max(client_id) from marts.dim_clients)
            where client_id = {A_CLIENT} and month = {LAST}""",
    ),
    "orphan": Defect(
        "A fact's client is in no dimension",
        ("fct_arr.is_client_known",),
        f"update marts.fct_arr set client_id = 'nobody' where client_id = {A_CLIENT} and month = {LAST}",
    ),
    "stale_rate": Defect(
        "A month is converted at the rate of the month before",
        ("dbt.assert_conversions_use_the_rates_of_their_days", "dbt.assert_waterfall_ends_are_arr"),
        f"""update marts.fct_arr as arr set arr_reported = round(arr.arr_local * rates.rate, 2)
            from intermediate.int_fx_rates__by_month as rates
            where rates.currency = arr.currency and rates.month = arr.month - interval 1 month
                and arr.month = {LAST}""",
    ),
    "old_quotation": Defect(
        "A rate is older than a week on the day it is used",
        ("dbt.assert_conversions_use_the_rates_of_their_days",),
        "update intermediate.int_fx_rates__by_month set rate_on = rate_on - interval 20 day where currency = 'EUR'",
    ),
    "cent_off": Defect(
        "A waterfall's bar is off by a cent",
        ("dbt.assert_waterfalls_tie", "dbt.assert_segments_add_up", "rpt_arr_waterfall.the_company_waterfall_ties"),
        f"""update marts.rpt_arr_waterfall set expansion_arr = expansion_arr + 0.01
            where segment = 'company' and basis = 'cc' and month = {LAST}""",
    ),
    "broken_chain": Defect(
        "A month does not start where the one before ended",
        ("dbt.assert_waterfalls_continue",),
        f"""update marts.rpt_arr_waterfall set start_arr = start_arr + 1, end_arr = end_arr + 1
            where segment = 'region' and basis = 'reported' and month = {LAST}""",
    ),
    "movement_without_balance": Defect(
        "A movement is not the difference of its balances",
        ("dbt.assert_movements_are_differences", "fct_arr_movements.change_is_end_minus_start"),
        """update marts.fct_arr_movements set change_cc = change_cc + 1
            where movement_type = 'expansion' and month = (select max(month) from marts.fct_arr_movements
                where movement_type = 'expansion')""",
    ),
    "forgotten_churn": Defect(
        "A lost client is missing from the list of churns",
        ("dbt.assert_churns_are_the_movements",),
        "delete from marts.fct_churn where client_id = (select min(client_id) from marts.fct_churn)",
    ),
    "transfer_counted_once": Defect(
        "A handover adds ARR to the new owner and takes none from the old",
        ("dbt.assert_segments_add_up", "dbt.assert_waterfalls_tie"),
        """update marts.rpt_arr_waterfall set transfer_arr = transfer_arr + 100
            where segment = 'am' and basis = 'cc' and month = date '2025-05-01'
                and segment_value = (select min(segment_value) from marts.rpt_arr_waterfall where segment = 'am'
                    and month = date '2025-05-01')""",
    ),
    "grr_above_one": Defect(
        "Gross retention above 100 %",
        (
            "dbt.assert_retention_identities",
            "dbt.assert_retention_rates_follow_from_their_parts",
            "rpt_retention.grr_is_between_0_and_100_percent",
        ),
        f"""update marts.rpt_retention set grr_cc = 1.01
            where segment = 'company' and window_months = 12 and month = {LAST}""",
    ),
    "nrr_of_other_parts": Defect(
        "NRR is not what its parts give",
        ("dbt.assert_retention_rates_follow_from_their_parts", "anomalies.nrr"),
        f"""update marts.rpt_retention set nrr_cc = nrr_cc + 0.2
            where segment = 'company' and window_months = 12 and month = {LAST}""",
    ),
    "client_missing_from_a_segment": Defect(
        "A client is in no portfolio",
        ("dbt.assert_portfolios_add_up",),
        f"""delete from marts.rpt_retention where segment = 'am' and window_months = 12 and month = {LAST}
            and segment_value = (select min(segment_value) from marts.rpt_retention where segment = 'am'
                and window_months = 12 and month = {LAST})""",
    ),
    "tampered_lake_file": Defect(
        "A cell of a lake file was changed after landing",
        ("row_accounting.lake_files_are_unchanged", "reconciliation.lake_amounts_are_those_of_the_files", RECONCILED),
        lake=change_amount,
    ),
    "misread_amount": Defect(
        "An amount is not the one in the export's text, everywhere alike",
        ("reconciliation.lake_amounts_are_those_of_the_files",),
        lake=change_amount_and_hash,
    ),
    "dropped_file": Defect(
        "A lake file is gone",
        ("row_accounting.lake_files_are_unchanged", "row_accounting.lake_files_hold_what_was_landed", RECONCILED),
        lake=drop_lake_file,
    ),
    "forgotten_load": Defect(
        "A load is gone from the ledger",
        ("row_accounting.load_files_agree_with_the_ledger", RECONCILED),
        lake=drop_load,
    ),
    "row_not_counted": Defect(
        "A row that was read is neither landed, a repeat nor in quarantine",
        ("row_accounting.rows_read_are_landed_duplicate_or_quarantined",),
        lake=lose_a_row,
    ),
    "hidden_quarantine": Defect(
        "A row in quarantine is not shown",
        ("row_accounting.every_quarantined_row_is_shown",),
        "delete from ops.quarantine where refused_by = 'format'",
    ),
    "source_shrank": Defect(
        "A third of a system's rows no longer count",
        ("anomalies.source_rows",),
        "delete from staging.stg_opportunities where hash(opportunity_id) % 3 = 0",
    ),
    "currency_vanished": Defect(
        "No client has ARR in a currency any more",
        ("anomalies.currencies", "anomalies.clients", "anomalies.arr"),
        f"delete from marts.fct_arr where currency = 'USD' and month = {LAST}",
    ),
    "quarantine_grew": Defect(
        "A tenth of all rows is in quarantine",
        ("anomalies.quarantine",),
        "update ops.load_files set rows_quarantined = rows_quarantined + rows_landed // 10",
    ),
    "table_shrank": Defect(
        "Half of a table's rows are gone",
        ("fct_escalations.rows_are_not_lost",),
        "delete from marts.fct_escalations where hash(escalation_id) % 2 = 0",
    ),
    "values_collapsed": Defect(
        "Every client is in the same health band",
        ("fct_client_health.health_band_is_spread_as_usual",),
        "update marts.fct_client_health set health_band = 'red'",
    ),
    "impossible_score": Defect(
        "A health score above 100",
        ("fct_client_health.score_is_0_to_100",),
        f"update marts.fct_client_health set health_score = 180 where client_id = {A_CLIENT}",
    ),
    "late_source": Defect(
        "No system has sent anything for nine months",
        ("anomalies.late_sources",),
        lake=age_the_sources,
    ),
}


def matrix() -> str:
    """The page of the docs."""
    lines = [
        f"| {defect.words} | {'in the lake' if defect.lake else 'in the build'} "
        f"| {', '.join(f'`{check}`' for check in defect.caught_by)} |"
        for defect in DEFECTS.values()
    ]
    return HEAD + "\n".join(lines) + "\n"


def test_the_page_is_the_table() -> None:
    """docs/check-matrix.md names the very defects and checks of the test below."""
    assert MATRIX.read_text(encoding="utf-8") == matrix()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated company with one release."""
    folder = tmp_path_factory.mktemp("mutations") / "home"
    assert tenure(folder, "demo", "--clients", "40", "--end", "2026-10-31").returncode == 0
    first = tenure(folder, "refresh")
    assert first.returncode == 0, first.stderr
    return folder


@pytest.fixture(scope="module")
def identities(home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of the singular dbt tests, by name."""
    from pipelines.warehouse import dbt_run, project

    folder = tmp_path_factory.mktemp("identities")
    file = copied(home / "current" / "warehouse.duckdb", folder)
    with project.build_file(file):
        results = dbt_run.run(project.parsed_manifest(), ["test", "--select", "test_type:singular"], folder)
    assert [result.node.name for result in results if result.status != "pass"] == []
    return {result.node.name: result.node.compiled_code for result in results}


@pytest.fixture(scope="module")
def expectations() -> Iterator[ExpectationsProcess]:
    with ExpectationsProcess() as child:
        yield child


def copied(warehouse: Path, folder: Path) -> Path:
    file = folder / "warehouse.duckdb"
    shutil.copy(warehouse, file)
    file.chmod(0o644)
    return file


def asked(
    home: Path, folder: Path, defect: Defect, identities: dict[str, str], expectations: ExpectationsProcess
) -> list[Check]:
    """Every check of a copy with the defect planted."""
    release, lake = home / "current", home / "lake"
    file = copied(release / "warehouse.duckdb", folder)
    if defect.lake:
        lake = folder / "lake"
        shutil.copytree(home / "lake", lake, copy_function=os.link)
        for path in [*lines_files(lake), *(lake / "_ledger").glob("*.json")]:
            content = path.read_bytes()
            path.unlink()  # no hard link: the defect must not reach the good lake
            path.write_bytes(content)
        defect.lake(lake)
    dbt_checks = []
    with duckdb.connect(str(file), config=CONFIG) as connection:
        if defect.sql:
            connection.execute(defect.sql)
        for name, sql in identities.items():
            failed = connection.execute(sql).fetchall()
            dbt_checks.append(Check(suite="dbt", name=name, severity=Severity.BLOCK, passed=not failed))
    before = read_profile(release)
    assert before is not None
    return audit(file, lake, dbt_checks, expectations, [before])


@pytest.mark.slow
def test_a_build_without_a_defect_passes(
    home: Path, tmp_path: Path, identities: dict[str, str], expectations: ExpectationsProcess
) -> None:
    """The whole gate is asked about a sound build of a simulated company: no check fails, all named checks exist."""
    checks = asked(home, tmp_path, Defect("none", ()), identities, expectations)
    assert [check.full_name for check in checks if not check.passed] == []
    assert {check for defect in DEFECTS.values() for check in defect.caught_by} <= {c.full_name for c in checks}


@pytest.mark.slow
@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_caught_by_name(
    name: str,
    home: Path,
    tmp_path: Path,
    identities: dict[str, str],
    expectations: ExpectationsProcess,
    measured: Callable[[str], None],
) -> None:
    """Each kind of defect is planted into a copy of the build or the lake; the checks that must catch it do."""
    checks = asked(home, tmp_path, DEFECTS[name], identities, expectations)
    assert set(DEFECTS[name].caught_by) <= {check.full_name for check in checks if not check.passed}
    warned_only = {"late_source", "values_collapsed"}
    assert blocking(checks) or name in warned_only
    measured(f"{len(DEFECTS)} kinds of defect: all caught by name")
