"""What a build leaves: a file, and the outcome of every node."""

from dataclasses import dataclass, field
from pathlib import Path

from pipelines.warehouse.plan import TEST


@dataclass(frozen=True)
class NodeResult:
    """What became of one dbt node. `status`: success, pass, warn, fail, error or skipped; `messages`: failed rows."""

    unique_id: str
    resource_type: str
    name: str
    status: str
    severity: str
    message: str
    failures: int = 0
    seconds: float = 0.0
    messages: list[str] = field(default_factory=list)

    @property
    def is_test(self) -> bool:
        return self.resource_type == TEST


@dataclass(frozen=True)
class BuildResult:
    """A finished dbt run: its file, and every node's outcome. The file is closed and no longer refers to the lake."""

    build_dir: Path
    file: Path
    nodes: list[NodeResult]
    seconds: float

    @property
    def broken(self) -> list[NodeResult]:
        """Nodes that could not be computed at all (an error of the code or the data's shape, not a failed test)."""
        return [node for node in self.nodes if node.status == "error"]
