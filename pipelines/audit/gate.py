"""The gate: every check of a build, in one list, and what happens when one of them says no."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pipelines.audit.accounting import account, read_ledger
from pipelines.audit.anomalies import find_anomalies
from pipelines.audit.checks import Check, blocking
from pipelines.audit.comparison import parameters_of
from pipelines.audit.expectations import SUITES, ExpectationsProcess
from pipelines.audit.limits import read_limits
from pipelines.audit.profile import FOLDER, Profile, profile_of, read_suites, write_profile
from pipelines.audit.reconciliation import INVOICES, LINES, reconcile
from pipelines.engine import CONFIG
from pipelines.errors import Blocked

SHOWN = 8
BLOCKED_MARK = "BLOCKED.md"


def audit(
    warehouse: Path,
    lake: Path,
    dbt_checks: Iterable[Check],
    expectations: ExpectationsProcess,
    past: Sequence[Profile] = (),
    sources: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Check]:
    """Ask everything of a built warehouse. Opens it read-only; the caller has closed it.

    `past`: profiles of the last good releases, oldest first; the build is compared with them. `sources`: the settings
    of the same name. Leaves the build's own profile and the results of Great Expectations in `audit/` beside the file.
    """
    import duckdb

    from pipelines.warehouse.sources import loads_gone

    suites, out_dir = read_suites(SUITES), warehouse.parent / FOLDER
    out_dir.mkdir(exist_ok=True)
    with duckdb.connect(str(warehouse), read_only=True, config=CONFIG) as connection, ThreadPoolExecutor(1) as other:
        limits = read_limits(connection)
        # The child works on another core while the rest is asked here.
        asked = other.submit(expectations.validate, warehouse, parameters_of(suites, past, limits), out_dir)
        entries = read_ledger(lake)
        gone = {entity: loads_gone(entity, sources or {}, entries) for entity in (INVOICES, LINES)}
        checks = [*dbt_checks, *account(connection, lake), *reconcile(connection, lake, entries, gone)]
        profile = profile_of(connection, suites, [entry["load_id"] for entry in entries])
        late_after = {name: own["late_after_days"] for name, own in (sources or {}).items() if "late_after_days" in own}
        checks += find_anomalies(profile, past[-1] if past else None, entries, limits, late_after)
        checks += asked.result()
    write_profile(out_dir, profile)
    return checks


def refusal(checks: Iterable[Check], build_dir: Path, home: Path | None = None) -> Blocked | None:
    """The error that stops the publication, naming every check that does; None when none does.

    The build is marked, so that it is kept for inspection.
    """
    failed = blocking(checks)
    if not failed:
        return None
    reasons = [f"  - {check.full_name}: {check.finding}" for check in failed]
    if len(reasons) > SHOWN:
        reasons[SHOWN:] = [f"  - and {len(reasons) - SHOWN} more (all in {BLOCKED_MARK})"]
    error = Blocked(
        "\n".join([f"blocked: {len(failed)} {'check' if len(failed) == 1 else 'checks'} failed", *reasons]),
        where=f"{build_dir} (kept for inspection)",
        done="nothing was published; the release before, if there is one, stays live",
        do=next_steps(failed, home),
    )
    lines = [f"- `{check.full_name}`: {check.finding}" for check in failed]
    (build_dir / BLOCKED_MARK).write_text(
        "\n".join(["# Not published", "", *lines, "", "What to do: " + next_steps(failed, home), ""]), encoding="utf-8"
    )
    return error


def next_steps(failed: Sequence[Check], home: Path | None) -> str:
    """What a person can do about the checks that stop a publication, with the very command."""
    correct = "correct the export, or the mapping or policy behind it, then refresh again"
    if not all(check.acceptable for check in failed):
        return correct
    commands = [f"\n           {acceptance_command(check, home)}" for check in failed]
    return f"{correct}; or, where the data is right although it is unusual:{''.join(commands)}"


def acceptance_command(check: Check, home: Path | None) -> str:
    """The command that publishes over a check."""
    at = f" --home {shlex.quote(str(home))}" if home else ""
    return f'tenure release --accept {check.full_name} --reason "..."{at}'
