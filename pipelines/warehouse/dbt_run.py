"""dbt inside this process: no start of a second Python, and a manifest that several builds share."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import UserError
from pipelines.warehouse.project import dbt_arguments

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def run(manifest: "Manifest", command: list[str], build_dir: Path) -> list[Any]:
    """Runs a dbt command on the file that the profile points at; dbt's node results, in the order they finished.

    Raises UserError where dbt could not start (failed nodes are results, not errors).
    """
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner

    try:
        outcome = dbtRunner(manifest=manifest).invoke([*command, *dbt_arguments(build_dir / "dbt", build_dir / "dbt")])
    finally:
        _close_database()
    if not isinstance(outcome.result, RunExecutionResult):
        raise UserError(
            f"dbt could not run: {outcome.exception}", where=str(build_dir), done="nothing was published",
            do=f"see {build_dir / 'dbt' / 'dbt.log'}",
        )  # fmt: skip
    return list(outcome.result.results)


def _close_database() -> None:
    """dbt keeps the database open for the life of the process; the file must be closed before it is published."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
        DuckDBConnectionManager.close_all_connections()
