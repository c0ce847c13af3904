"""Opens one release (or a build that is about to become one), read-only and locked in.

The connection can read the warehouse file and nothing else: no other file, no network, no extension, no setting.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pipelines.engine import CONFIG
from pipelines.errors import UserError
from pipelines.serving.answers import Answers
from pipelines.serving.limited import limited_connection
from pipelines.serving.principal import LEADERSHIP, Principal
from pipelines.serving.query import Parameters, read_arrow
from pipelines.serving.rules import quoted

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from pipelines.settings import Settings

WAREHOUSE_FILE = "warehouse.duckdb"
MANIFEST_FILE = "manifest.json"
CURRENT = "current"  # in a home, the link to the release that is live

SANDBOX: dict[str, str | bool | int | float | list[str]] = {
    **CONFIG,
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",  # a query must not see variables of the calling code as tables
    "temp_directory": "",  # the default spills beside the warehouse, into the release that nobody may change
    "lock_configuration": "true",
}


class Release:
    """A release that is open for reading by one principal; use as a context manager.

    The path is resolved once, so everything read through one Release comes from one release even when `current` moves.
    """

    def __init__(
        self, warehouse: Path, connection: duckdb.DuckDBPyConnection, principal: Principal = LEADERSHIP
    ) -> None:
        self.warehouse = warehouse
        self.connection = connection
        self.principal = principal
        self._answers = Answers()

    def __enter__(self) -> Release:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    def again(self) -> Release:
        """The same open warehouse for one more thread, to be closed on its own: no connection serves two threads."""
        twin = Release(self.warehouse, self.connection.cursor(), self.principal)
        twin.manifest, twin.tables, twin._answers = self.manifest, self.tables, self._answers
        return twin

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the release says of itself (id, as-of date, hashes); empty for a build that has none yet."""
        try:
            return json.loads((self.warehouse.parent / MANIFEST_FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise UserError(
                f"the release's manifest cannot be read: {error}",
                where=str(self.warehouse.parent / MANIFEST_FILE),
                do="go back to an older release with `tenure rollback`, or run `tenure refresh`",
            ) from None

    def rows(self, sql: str, params: Sequence[object] | Mapping[str, object] = ()) -> pl.DataFrame:
        """The rows of one query, `?` standing for each of `params`, or `$name` for each of a mapping.

        Types as in the warehouse, money as Decimal.
        """
        import polars as pl

        values = dict(params) if isinstance(params, Mapping) else list(params)
        return self._answers.of((sql, repr(values)), lambda: pl.DataFrame(self.connection.sql(sql, params=values)))

    def polars(self, query: str, params: Parameters = ()) -> pl.DataFrame:
        """A Polars frame of a table (such as `marts.dim_clients`) or of one statement that reads.

        `params` stand for `?`, or for `$name` where they are a mapping. Amounts are Decimal, days are dates. Raises
        UserError for anything but one statement that reads, and for SQL the warehouse cannot run.
        """
        import polars as pl

        frame = pl.from_arrow(self.arrow(query, params))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def arrow(self, query: str, params: Parameters = ()) -> pa.Table:
        """An Arrow table, as `polars` gives a frame."""
        return read_arrow(self, self._statement(query), params)

    def pandas(self, query: str, params: Parameters = ()) -> pd.DataFrame:
        """A pandas frame, as `polars` gives one: with Arrow's types, for pandas' own have no exact amounts.

        Raises UserError also where pandas is not installed: Tenure itself does not need it.
        """
        try:
            import pandas as pd
        except ImportError:
            raise UserError(
                "pandas is not installed beside Tenure", do="pip install pandas, or take .polars() or .arrow()"
            ) from None
        return self.arrow(query, params).to_pandas(types_mapper=pd.ArrowDtype)

    def _statement(self, query: str) -> str:
        """A query as it is; a table's name as the query for all of it."""
        schema, _, table = query.strip().partition(".")
        return f"from {quoted(schema)}.{quoted(table)}" if self.has_table(schema, table) else query

    @cached_property
    def tables(self) -> frozenset[tuple[str, str]]:
        """Schema and name of every table the reader has; one that their role may not see is not there."""
        found = self.rows(
            "select table_schema, table_name from information_schema.tables where table_catalog = current_database()"
        )
        return frozenset(found.rows())

    def has_table(self, schema: str, table: str) -> bool:
        return (schema, table) in self.tables


def open_release(
    path_or_settings: Path | str | Settings, principal: Principal = LEADERSHIP, own_sql: bool = False
) -> Release:
    """Opens a warehouse file, the folder of a release or build, or the current release of a home (folder or settings).

    `principal` is who looks. A reader who does not see everything finds the same tables under the same names, with only
    the rows and columns of their role. SQL that such a reader wrote must only be run where the release was opened with
    `own_sql`: then a copy of their rows of the published tables is all that the connection can reach (see `limited`).
    Raises UserError where there is no release or where the file is no warehouse.
    """
    import duckdb

    warehouse = warehouse_path(path_or_settings)
    if not warehouse.is_file():
        raise UserError(
            "there is no published release here yet", where=str(warehouse), do="run `tenure refresh` (or `tenure demo`)"
        )
    log = warehouse.with_name(f"{warehouse.name}.wal")
    if log.exists():  # DuckDB would replay it, or fail on it
        raise UserError(
            "a write-ahead log lies beside the warehouse; it is no part of what was published",
            where=str(log),
            do="remove it (nothing of Tenure writes there), or run `tenure refresh --force`",
        )
    try:
        if principal.sees_all_clients:
            connection = duckdb.connect(str(warehouse), read_only=True, config=SANDBOX)
        else:
            connection = limited_connection(warehouse, principal, SANDBOX, own_sql)
        return Release(warehouse, connection, principal)
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException) as error:
        raise UserError(
            f"the warehouse cannot be opened: {str(error).splitlines()[0]}",
            where=str(warehouse),
            do="check that the file is a warehouse and that you may read it; or go back with `tenure rollback`",
        ) from None


def warehouse_path(path_or_settings: Path | str | Settings) -> Path:
    """The warehouse file itself, with every link on the way resolved."""
    if isinstance(path_or_settings, Path | str):
        path = Path(path_or_settings)
        if path.suffix != ".duckdb":
            is_home = not (path / WAREHOUSE_FILE).exists() and (path / CURRENT).exists()
            path = (path / CURRENT if is_home else path) / WAREHOUSE_FILE
    else:
        path = path_or_settings.current / WAREHOUSE_FILE
    return path.resolve()
