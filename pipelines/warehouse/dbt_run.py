"""dbt inside this process: no start of a second Python, and a manifest that several calls share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import UserError
from pipelines.warehouse.project import dbt_arguments

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


Listener = Callable[[str, str], None]


def run(manifest: "Manifest", command: list[str], build_dir: Path, listener: Listener | None = None) -> list[Any]:
    """Runs a dbt command on the file that the profile points at; dbt's node results, in the order they finished.

    `listener` is told every statement that goes to the engine: the unique id of its node ("" for none) and its text.
    Raises UserError where dbt could not start (failed nodes are results, not errors), duckdb.Error where the file could
    not be written.
    """
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner

    _listen(listener)
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


def _listen(listener: Listener | None) -> None:
    """dbt's statements to the listener, all its other events to nobody: outcomes and messages are in the results."""
    from dbt.adapters.events.types import SQLQuery
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager

    class OnlyStatements(EventManager):
        def fire_event(self, *event: object, **options: object) -> None:
            if listener is not None and isinstance(event[0], SQLQuery):
                listener(event[0].node_info.unique_id, event[0].sql)

    ctx_set_event_manager(OnlyStatements())


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
