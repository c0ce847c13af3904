"""dbt's outcomes as checks: one a data test. What dbt could not compute at all is no check but a failure."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipelines.audit.checks import Check, Severity

if TYPE_CHECKING:
    from pipelines.warehouse import NodeResult

SUITE = "dbt"
EXAMPLES = 3


def checks_of(nodes: Iterable["NodeResult"]) -> list[Check]:
    """The tests that ran; a skipped one is left out, because what it stands on has failed already."""
    return [_check(node) for node in nodes if node.is_test and node.status != "skipped"]


def _check(node: "NodeResult") -> Check:
    shown = "; ".join(node.messages[:EXAMPLES]) or node.message
    more = node.failures - EXAMPLES
    return Check(
        suite=SUITE,
        name=node.name,
        severity=Severity.WARN if node.severity == "warn" or node.status == "warn" else Severity.BLOCK,
        passed=node.status == "pass",
        observed=f"{node.failures} failures",
        message="" if node.status == "pass" else shown + (f"; and {more} more" if more > 0 and node.messages else ""),
    )
