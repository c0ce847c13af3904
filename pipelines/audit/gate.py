"""The gate: every check of a build, in one list, and what happens when one of them says no."""

from collections.abc import Iterable
from pathlib import Path

from pipelines.audit.accounting import account
from pipelines.audit.checks import Check, blocking
from pipelines.audit.expectations import ExpectationsProcess
from pipelines.engine import CONFIG
from pipelines.errors import Blocked

SHOWN = 8
BLOCKED_MARK = "BLOCKED.md"


def audit(warehouse: Path, lake: Path, dbt_checks: Iterable[Check], expectations: ExpectationsProcess) -> list[Check]:
    """Ask everything of a built warehouse. Opens it read-only; the caller has closed it."""
    import duckdb

    with duckdb.connect(str(warehouse), read_only=True, config=CONFIG) as connection:
        accounting = account(connection, lake)
    return [*dbt_checks, *accounting, *expectations.validate(warehouse)]


def refusal(checks: Iterable[Check], build_dir: Path) -> Blocked | None:
    """The error that stops the publication, naming every check that does; None when none does.

    The build is marked, so that it is kept for inspection.
    """
    failed = blocking(checks)
    if not failed:
        return None
    reasons = [f"  - {check.suite}.{check.name}: {check.message or check.observed or 'failed'}" for check in failed]
    if len(reasons) > SHOWN:
        reasons[SHOWN:] = [f"  - and {len(reasons) - SHOWN} more (all in {BLOCKED_MARK})"]
    error = Blocked(
        "\n".join([f"blocked: {len(failed)} {'check' if len(failed) == 1 else 'checks'} failed", *reasons]),
        where=f"{build_dir} (kept for inspection)",
        done="nothing was published; the release before, if there is one, stays live",
        do="correct the export, or the mapping or policy behind it, then refresh again",
    )
    lines = [f"- `{check.suite}.{check.name}`: {check.message or check.observed or 'failed'}" for check in failed]
    (build_dir / BLOCKED_MARK).write_text("\n".join(["# Not published", "", *lines, ""]), encoding="utf-8")
    return error
