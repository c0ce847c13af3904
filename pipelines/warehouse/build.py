"""One build: a new warehouse file, filled by dbt. A pure function of lake, policy, code and settings."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.engine import CONFIG
from pipelines.errors import UserError
from pipelines.settings import Settings

MESSAGES_SHOWN = 20
# Unit tests prove the models, not a night's data; they run in the project's own tests.
EXCLUDED = ["--exclude-resource-type", "unit_test", "--no-write-json"]


@dataclass(frozen=True)
class NodeResult:
    """What became of one dbt node. `status`: success, pass, warn, fail, error or skipped; `messages`: failed rows."""

    unique_id: str
    resource_type: str
    name: str
    status: str
    severity: str
    message: str
    failures: int
    seconds: float
    messages: list[str] = field(default_factory=list)

    @property
    def is_test(self) -> bool:
        return self.resource_type == "test"


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


def build(settings: Settings, build_dir: Path, run_id: str, select: list[str] | None = None) -> BuildResult:
    """Builds `<build_dir>/warehouse.duckdb` out of the lake.

    `select` narrows the dbt nodes (dbt's own selection syntax) for tests. Raises UserError where a file of the lake or
    of the policy cannot be used; failed models and tests are in the result.
    """
    import duckdb

    from pipelines.warehouse import dbt_run, project, sources
    from pipelines.warehouse.policy_lint import lint_policy

    started = time.monotonic()
    lint_policy(settings)
    build_dir.mkdir(parents=True, exist_ok=True)
    file = build_dir / "warehouse.duckdb"
    try:
        sources.create_build_file(file, settings)
    except duckdb.Error as error:  # a damaged file may fail anywhere in the reader
        raise UserError(
            f"a file of the lake cannot be read: {error}", where=str(settings.lake), done="nothing was published",
            do="restore the file from a backup, or land its export again",
        ) from None  # fmt: skip
    manifest = project.parsed_manifest()
    chosen = ["--select", *select] if select else []
    with project.build_file(file):
        results = dbt_run.run(manifest, ["build", *EXCLUDED, *chosen], build_dir)
    with duckdb.connect(str(file), config=CONFIG) as connection:
        nodes = [_node_result(result, _rows_of(connection)) for result in results]
        sources.drop_sources(connection)
        connection.execute("checkpoint")
    return BuildResult(build_dir, file, nodes, time.monotonic() - started)


def _rows_of(connection: Any) -> Callable[[str], list[str]]:
    def failed_rows(sql: str) -> list[str]:
        cursor = connection.execute(f"select * from ({sql}) as failed limit {MESSAGES_SHOWN}")
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        if "message" in names:
            return [str(row[names.index("message")]) for row in rows]
        return [", ".join(f"{name} = {value}" for name, value in zip(names, row, strict=True)) for row in rows]

    return failed_rows


def _node_result(result: Any, failed_rows: Callable[[str], list[str]]) -> NodeResult:
    node = result.node
    is_test = str(node.resource_type) == "test"
    messages = failed_rows(node.compiled_code) if is_test and result.failures and node.compiled_code else []
    return NodeResult(
        unique_id=node.unique_id,
        resource_type=str(node.resource_type),
        name=node.name,
        status=str(result.status),
        severity=str(getattr(node.config, "severity", "") or "").lower(),
        message=result.message or "",
        failures=int(result.failures or 0),
        seconds=float(result.execution_time or 0),
        messages=messages,
    )
