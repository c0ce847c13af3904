"""One check's outcome, the shape all gates share and `ops.checks` stores."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Severity(StrEnum):
    """`block`: a failure stops the publication. `warn`: it is published and shown."""

    BLOCK = "block"
    WARN = "warn"


class Check(BaseModel):
    """What was asked, and what was found. `message` is for a reader who knows neither the code nor the tool."""

    model_config = ConfigDict(frozen=True)

    suite: str
    name: str
    severity: Severity
    passed: bool
    observed: str | None = None
    message: str = ""

    @property
    def is_blocking(self) -> bool:
        return not self.passed and self.severity is Severity.BLOCK


def blocking(checks: Iterable[Check]) -> list[Check]:
    """The checks that stop a publication."""
    return [check for check in checks if check.is_blocking]


def warnings(checks: Iterable[Check]) -> list[Check]:
    """The checks that failed without stopping it."""
    return [check for check in checks if not check.passed and not check.is_blocking]
