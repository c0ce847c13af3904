"""dbt inside this process: no start of a second Python, and a manifest that several builds share."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import UserError
from pipelines.warehouse.project import dbt_arguments

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def run(manifest: "Manifest", command: list[str], build_dir: Path) -> list[Any]:
    """Runs a dbt command on the file that the profile points at; dbt's node results, in the order they finished.

    Raises UserError where dbt could not start (failed nodes are results, not errors), duckdb.Error where the file could
    not be written.
    """
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner

    _silence_events()
    try:
        outcome = dbtRunner(manifest=manifest).invoke([*command, *dbt_arguments(build_dir / "dbt", build_dir / "dbt")])
        _checkpoint()
    finally:
        _close_database()
    if not isinstance(outcome.result, RunExecutionResult):
        raise UserError(
            f"dbt could not run: {outcome.exception}", where=str(build_dir), done="nothing was published",
            do=f"see {build_dir / 'dbt' / 'dbt.log'}",
        )  # fmt: skip
    return list(outcome.result.results)


def _silence_events() -> None:
    """dbt makes a message of each event, twenty a node, also where no log is kept: a tenth of the time of a build."""
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager

    class Silent(EventManager):
        def fire_event(self, *event: object, **options: object) -> None:
            """Nobody listens: outcomes and messages are in the results."""

    ctx_set_event_manager(Silent())


def _checkpoint() -> None:
    """Write what was built into the file: closing would do so too, but on a full disk it loses all without a word."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None and DuckDBConnectionManager._ENV.conn is not None:
        DuckDBConnectionManager._ENV.conn.cursor().execute("checkpoint warehouse")


def _close_database() -> None:
    """dbt keeps the database open for the life of the process; the file must be closed before it is published."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
        DuckDBConnectionManager.close_all_connections()
