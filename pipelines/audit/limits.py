"""The limits of the checks that compare releases: the policy `check_limits` in force on the run's day."""

import contextlib
import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.audit.checks import Severity
from pipelines.settings import PROJECT_ROOT

if TYPE_CHECKING:
    import duckdb

SEED = PROJECT_ROOT / "dbt_project" / "seeds" / "policy" / "check_limits.csv"
IN_FORCE = """
    select check_name, severity, limit_value, minimum_base
    from policy.check_limits
    where valid_from <= (select as_of_on from staging.stg_run)
    qualify row_number() over (partition by check_name order by valid_from desc) = 1
"""


@dataclass(frozen=True)
class Limit:
    """How far a figure may move, and what the earlier release must have had to be compared with."""

    severity: Severity
    value: float
    minimum_base: float


def read_limits(connection: "duckdb.DuckDBPyConnection") -> dict[str, Limit]:
    """The limits by check name, as the build's own policy says."""
    rows = connection.execute(IN_FORCE).fetchall()
    return {name: Limit(Severity(severity), float(value), float(base)) for name, severity, value, base in rows}


def shipped_or_own_limit(own_policy: Path, check: str, day: dt.date) -> float:
    """One limit in force on a day, where there is no build to ask. A company's own row goes before the shipped one.

    An own file that cannot be read is passed over: the next build refuses it with its reason.
    """
    values = _values(SEED, check)
    with contextlib.suppress(OSError, ValueError, KeyError, csv.Error):
        values |= _values(own_policy / SEED.name, check)
    return values[max(valid_from for valid_from in values if valid_from <= day)]


def _values(path: Path, check: str) -> dict[dt.date, float]:
    """The limits of one check by the day from which they hold."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["check_name"].strip() == check]
    return {dt.date.fromisoformat(row["valid_from"].strip()): float(row["limit_value"]) for row in rows}
