"""Anomaly checks are pure: two profiles and the policy's limits in, checks out."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from pipelines.audit.anomalies import NOTHING_BEFORE, find_anomalies
from pipelines.audit.checks import Acceptance, Check, Severity, accepted, blocking, with_acceptances
from pipelines.audit.limits import Limit, shipped_or_own_limit
from pipelines.audit.profile import Profile

NAMES = ("source_rows", "export_rows", "currencies", "clients", "arr", "nrr", "quarantine", "late_sources")
LIMITS = {name: Limit(Severity.BLOCK, 0.10, 5) for name in NAMES} | {
    "late_sources": Limit(Severity.WARN, 35, 0),
    "export_rows": Limit(Severity.WARN, 0.5, 5),
}
BEFORE = Profile(
    as_of_on=dt.date(2026, 3, 31),
    reporting_currency="USD",
    fx_baseline_on=dt.date(2025, 12, 31),
    month=dt.date(2026, 3, 1),
    clients=50,
    arr_cc=1_000_000,
    nrr_cc=1.05,
    clients_start=48,
    rows_read=1000,
    rows_quarantined=10,
    source_rows={"stripe invoices": 400, "template targets": 4},
    currency_clients={"USD": 40, "EUR": 10, "JPY": 1},
    tables={},
    loads=["1"],
)


def entry(load: str, rows: int, exported_at: str = "2026-03-30T00:00:00") -> dict[str, Any]:
    return {
        "load_id": load,
        "source": "stripe",
        "file_name": "invoices.json",
        "loaded_at": "2026-03-31T04:00:00Z",
        "exported_at": exported_at,
        "entities": {"invoices": {"rows_read": rows}},
    }


def failed(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.message for check in checks if not check.passed}


def test_the_same_again_is_no_anomaly() -> None:
    assert failed(find_anomalies(BEFORE, BEFORE, [entry("1", 400)], LIMITS)) == {}


def test_without_a_release_before_nothing_is_compared() -> None:
    checks = find_anomalies(BEFORE, None, [entry("1", 400), entry("2", 10)], LIMITS)
    assert failed(checks) == {}
    assert [check.observed for check in checks].count(NOTHING_BEFORE) == 6


@pytest.mark.parametrize(
    ("change", "check", "words"),
    [
        ({"source_rows": {"stripe invoices": 350}}, "source_rows", "stripe invoices has 350 rows, 400 before"),
        ({"source_rows": {}}, "source_rows", "stripe invoices has 0 rows, 400 before"),
        ({"currency_clients": {"USD": 40, "JPY": 1}}, "currencies", "EUR had ARR of 10 clients"),
        ({"clients": 44}, "clients", "50 clients with ARR before, 44 now"),
        ({"arr_cc": 1_200_000}, "arr", "+20.0%"),
        ({"nrr_cc": 1.16}, "nrr", "NRR was 105.0% (2026-03) and is 116.0% (2026-03)"),
        ({"rows_quarantined": 120}, "quarantine", "12.00% of all rows"),
    ],
)
def test_a_move_beyond_the_limit_is_named(change: dict[str, Any], check: str, words: str) -> None:
    found = find_anomalies(BEFORE.model_copy(update=change), BEFORE, [], LIMITS)
    assert words in failed(found)[check]
    assert {c.name for c in blocking(found)} == {check}
    assert all(c.acceptable for c in blocking(found))


@pytest.mark.parametrize(
    "change",
    [
        {"source_rows": {"stripe invoices": 361}},
        {"currency_clients": {"USD": 40, "EUR": 1}},
        {"arr_cc": 1_099_000},
        {"reporting_currency": "EUR", "arr_cc": 500_000},
        {"nrr_cc": None},
    ],
)
def test_a_move_within_the_limit_or_without_meaning_is_taken(change: dict[str, Any]) -> None:
    assert failed(find_anomalies(BEFORE.model_copy(update=change), BEFORE, [], LIMITS)) == {}


def test_a_file_dropped_again_with_half_its_rows_is_named_once() -> None:
    entries = [entry("1", 400), entry("2", 100)]
    assert "came with 100 rows, 400 before" in failed(find_anomalies(BEFORE, BEFORE, entries, LIMITS))["export_rows"]
    published = BEFORE.model_copy(update={"loads": ["1", "2"]})
    assert failed(find_anomalies(BEFORE, published, entries, LIMITS)) == {}


def test_a_source_that_sends_nothing_any_more_is_late() -> None:
    found = failed(find_anomalies(BEFORE, BEFORE, [entry("1", 400, "2026-01-31T00:00:00")], LIMITS))
    assert found == {"late_sources": "the newest export of stripe is of 2026-01-31, 59 days before 2026-03-31"}


def test_a_source_may_have_a_limit_of_its_own() -> None:
    entries = [entry("1", 400, "2026-03-20T00:00:00")]
    assert failed(find_anomalies(BEFORE, BEFORE, entries, LIMITS, {"xero": 2})) == {}
    assert set(failed(find_anomalies(BEFORE, BEFORE, entries, LIMITS, {"stripe": 2}))) == {"late_sources"}


def test_the_limit_in_force_is_the_companys_own_else_the_shipped_one(tmp_path: Path) -> None:
    day = dt.date(2026, 3, 31)
    assert shipped_or_own_limit(tmp_path, "late_sources", day) == 35
    head = "check_name,severity,limit_value,minimum_base,valid_from"
    rows = ["late_sources,warn,10,0,2000-01-01", "late_sources,warn,3,0,2026-04-01"]
    (tmp_path / "check_limits.csv").write_text("\n".join([head, *rows]))
    assert shipped_or_own_limit(tmp_path, "late_sources", day) == 10
    assert shipped_or_own_limit(tmp_path, "late_sources", dt.date(2026, 4, 1)) == 3


def test_an_own_policy_that_cannot_be_read_leaves_the_shipped_limit_to_the_graph(tmp_path: Path) -> None:
    (tmp_path / "check_limits.csv").write_text("check_name,limit_value\nlate_sources,soon\n")
    assert shipped_or_own_limit(tmp_path, "late_sources", dt.date(2026, 3, 31)) == 35


def acceptance(check: str, fingerprint: str) -> Acceptance:
    moment = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    return Acceptance(
        publication_id="old", check=check, fingerprint=fingerprint, observed=None, reason="known", accepted_by="ann",
        accepted_at=moment,
    )  # fmt: skip


def test_an_acceptance_holds_for_the_same_inputs_and_only_for_what_can_be_accepted() -> None:
    odd = Check(suite="anomalies", name="nrr", severity=Severity.BLOCK, passed=False, acceptable=True)
    wrong = Check(suite="row_accounting", name="rows", severity=Severity.BLOCK, passed=False)
    given = [acceptance("anomalies.nrr", "f1"), acceptance("row_accounting.rows", "f1")]
    checks = with_acceptances([odd, wrong], given, "f1", "new")
    assert [check.full_name for check in blocking(checks)] == ["row_accounting.rows"]
    assert [(a.check, a.publication_id) for a in accepted(checks)] == [("anomalies.nrr", "new")]
    assert len(blocking(with_acceptances([odd, wrong], given, "f2", "new"))) == 2
