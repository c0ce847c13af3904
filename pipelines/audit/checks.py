"""One check's outcome, the shape all gates share and `ops.checks` stores, and a person's acceptance of a failed one."""

import datetime as dt
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

EXAMPLES = 5


class Severity(StrEnum):
    """`block`: a failure stops the publication. `warn`: it is published and shown."""

    BLOCK = "block"
    WARN = "warn"


class Acceptance(BaseModel):
    """Who published over which failed check, when (UTC) and why. It holds for builds with this fingerprint only."""

    model_config = ConfigDict(frozen=True)

    publication_id: str
    check: str
    fingerprint: str
    observed: str | None
    reason: str
    accepted_by: str
    accepted_at: dt.datetime


class Check(BaseModel):
    """What was asked, and what was found. `message` is for a reader who knows neither the code nor the tool.

    `acceptable`: a person may publish although it failed. True only where the data may be right although it looks odd
    (anomalies, restatements); never for accounting, reconciliation or identities. `meaning`: what a failure would mean.
    """

    model_config = ConfigDict(frozen=True)

    suite: str
    name: str
    severity: Severity
    passed: bool
    observed: str | None = None
    message: str = ""
    meaning: str = ""
    acceptable: bool = False
    acceptance: Acceptance | None = None

    @property
    def full_name(self) -> str:
        """Such as `anomalies.source_rows`: what `tenure release --accept` is given."""
        return f"{self.suite}.{self.name}"

    @property
    def is_blocking(self) -> bool:
        return not self.passed and self.severity is Severity.BLOCK and self.acceptance is None

    @property
    def finding(self) -> str:
        """What is wrong, in words."""
        return self.message or self.observed or "failed"


def judged(
    suite: str, name: str, wrong: Sequence[str], observed: str, severity: Severity = Severity.BLOCK, **about: Any
) -> Check:
    """The check that passes where nothing is `wrong`; else the first of it, in words, and how many more there are."""
    more = f"; and {len(wrong) - EXAMPLES} more" if len(wrong) > EXAMPLES else ""
    message = "; ".join(wrong[:EXAMPLES]) + more
    return Check(
        suite=suite, name=name, severity=severity, passed=not wrong, observed=observed, message=message, **about
    )


def blocking(checks: Iterable[Check]) -> list[Check]:
    """The checks that stop a publication."""
    return [check for check in checks if check.is_blocking]


def warnings(checks: Iterable[Check]) -> list[Check]:
    """The checks that failed without stopping it."""
    return [check for check in checks if not check.passed and not check.is_blocking]


def with_acceptances(
    checks: Iterable[Check], acceptances: Iterable[Acceptance], fingerprint: str, publication_id: str
) -> list[Check]:
    """The checks; a failed and acceptable one with the acceptance that was given to a build of this fingerprint."""
    given = {a.check: a for a in acceptances if a.fingerprint == fingerprint}
    return [
        check.model_copy(
            update={"acceptance": given[check.full_name].model_copy(update={"publication_id": publication_id})}
        )
        if not check.passed and check.acceptable and check.full_name in given
        else check
        for check in checks
    ]


def accepted(checks: Iterable[Check]) -> list[Acceptance]:
    """The acceptances that these checks are published with."""
    return [check.acceptance for check in checks if check.acceptance is not None]
