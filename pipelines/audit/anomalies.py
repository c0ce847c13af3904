"""Checks against the release before: what is possible, but so unusual that a person should say that it is right.

Each is a pure function of two profiles and a limit. All are acceptable: the data may be right.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipelines.audit.checks import Check, Severity, judged
from pipelines.audit.limits import Limit
from pipelines.audit.profile import Profile

SUITE = "anomalies"
NOTHING_BEFORE = "no release to compare with"
MEANINGS = {
    "source_rows": "A system's rows that count became far fewer: is an export missing or cut off?",
    "currencies": "No client is billed in a currency any more in which several were.",
    "clients": "Far fewer clients have ARR than in the release before.",
    "arr": "ARR moved further than a company's does between two releases.",
    "nrr": "NRR moved further than it does between two releases.",
    "quarantine": "A far larger part of all rows is in quarantine than before.",
    "export_rows": "A file was dropped again with far fewer rows: was it cut off?",
    "late_sources": "A system has sent nothing for long: does its export still run?",
}


def find_anomalies(
    now: Profile,
    before: Profile | None,
    entries: Sequence[Mapping[str, Any]],
    limits: Mapping[str, Limit],
    late_after: Mapping[str, float] | None = None,
) -> list[Check]:
    """All anomaly checks. `before`: the last good release, None where there is none; `entries`: the lake's ledger.

    `late_after`: days after which a source is late, of sources that have a limit of their own.
    """
    compared = [
        ("source_rows", _source_rows),
        ("currencies", _currencies),
        ("clients", _clients),
        ("arr", _arr),
        ("nrr", _nrr),
        ("quarantine", _quarantine),
    ]
    checks = [
        _check(name, limits[name], *((NOTHING_BEFORE, []) if before is None else compare(now, before, limits[name])))
        for name, compare in compared
    ]
    fresh = () if before is None else entries
    checks.append(_check("export_rows", limits["export_rows"], *_export_rows(fresh, before, limits["export_rows"])))
    late = _late_sources(entries, now, limits["late_sources"], late_after or {})
    checks.append(_check("late_sources", limits["late_sources"], *late))
    return checks


Found = tuple[str, list[str]]  # what was observed, and what is wrong


def _source_rows(now: Profile, before: Profile, limit: Limit) -> Found:
    compared = {name: rows for name, rows in before.source_rows.items() if rows >= limit.minimum_base}
    wrong = [
        f"{name} has {_fall(rows, now.source_rows.get(name, 0))}"
        for name, rows in compared.items()
        if now.source_rows.get(name, 0) < rows * (1 - limit.value)
    ]
    return f"{len(compared)} tables of sources compared", wrong


def _currencies(now: Profile, before: Profile, limit: Limit) -> Found:
    compared = {code: count for code, count in before.currency_clients.items() if count >= limit.minimum_base}
    wrong = [
        f"{code} had ARR of {count} clients in {before.month:%Y-%m}, and has none in {now.month:%Y-%m}"
        for code, count in compared.items()
        if now.month and before.month and not now.currency_clients.get(code)
    ]
    return f"{len(compared)} currencies compared", wrong


def _clients(now: Profile, before: Profile, limit: Limit) -> Found:
    if before.clients < limit.minimum_base:
        return f"{now.clients} clients; too few before to compare", []
    is_wrong = now.clients < before.clients * (1 - limit.value)
    found = f"{before.clients} clients with ARR before, {now.clients} now"
    return found, [found] if is_wrong else []


def _arr(now: Profile, before: Profile, limit: Limit) -> Found:
    same_money = (now.reporting_currency, now.fx_baseline_on) == (before.reporting_currency, before.fx_baseline_on)
    if before.clients < limit.minimum_base or not same_money or not before.arr_cc:
        return "not comparable with the release before", []
    move = now.arr_cc / before.arr_cc - 1
    found = f"ARR moved by {move:+.1%}, from {before.arr_cc:,.0f} to {now.arr_cc:,.0f} {now.reporting_currency}"
    return found, [found] if abs(move) > limit.value else []


def _nrr(now: Profile, before: Profile, limit: Limit) -> Found:
    if now.nrr_cc is None or before.nrr_cc is None or before.clients_start < limit.minimum_base:
        return "not comparable with the release before", []
    found = f"NRR was {before.nrr_cc:.1%} ({before.month:%Y-%m}) and is {now.nrr_cc:.1%} ({now.month:%Y-%m})"
    return found, [found] if abs(now.nrr_cc - before.nrr_cc) > limit.value else []


def _quarantine(now: Profile, before: Profile, limit: Limit) -> Found:
    if now.quarantine_rate is None or before.quarantine_rate is None or before.rows_read < limit.minimum_base:
        return "not comparable with the release before", []
    found = f"{now.quarantine_rate:.2%} of all rows are in quarantine, {before.quarantine_rate:.2%} were before"
    return found, [found] if now.quarantine_rate - before.quarantine_rate > limit.value else []


def _export_rows(entries: Iterable[Mapping[str, Any]], before: Profile | None, limit: Limit) -> Found:
    """Files dropped again since: a full export that was cut off has fewer rows than its version before."""
    known = set(before.loads) if before else set()
    last: dict[tuple[str, str], int] = {}
    compared, wrong = 0, []
    for entry in entries:
        for entity, counts in entry["entities"].items():
            rows = counts["rows_read"]
            earlier = last.get((entry["file_name"], entity))
            last[entry["file_name"], entity] = rows
            if earlier is None or entry["load_id"] in known or earlier < limit.minimum_base:
                continue
            compared += 1
            if rows < earlier * (1 - limit.value):
                wrong.append(f"{entry['file_name']} ({entity}) came with {_fall(earlier, rows)}")
    return f"{compared} files that were dropped again", wrong


def _late_sources(
    entries: Iterable[Mapping[str, Any]], now: Profile, limit: Limit, late_after: Mapping[str, float]
) -> Found:
    newest: dict[str, dt.date] = {}
    for entry in entries:
        day = dt.datetime.fromisoformat((entry.get("exported_at") or entry["loaded_at"]).removesuffix("Z")).date()
        newest[entry["source"]] = max(day, newest.get(entry["source"], day))
    ages = {source: (now.as_of_on - day).days for source, day in sorted(newest.items())}
    wrong = [
        f"the newest export of {source} is of {newest[source]}, {age} days before {now.as_of_on}"
        for source, age in ages.items()
        if age > late_after.get(source, limit.value)
    ]
    return f"{len(ages)} sources, the oldest {max([0, *ages.values()])} days old", wrong


def _fall(before: int, now: int) -> str:
    return f"{now:,} rows, {before:,} before"


def _check(name: str, limit: Limit, observed: str, wrong: Sequence[str]) -> Check:
    is_acceptable = limit.severity is Severity.BLOCK
    return judged(SUITE, name, wrong, observed, limit.severity, meaning=MEANINGS[name], acceptable=is_acceptable)
