"""One statement that reads, asked of a release: the engine of `tenure sql`, of the shell and of the Python door.

The sandbox of `release` is the guard; the check of the statement here only turns a refusal into an answer that helps.
How an answer looks stands in `rendering`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.errors import UserError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from pipelines.serving.release import Release

BLOCK, BATCH = 10_000, 100_000  # rows that are in memory at a time, as Python values and as Arrow tables
INTERRUPTED = "Query interrupted"  # what DuckDB's client says after Ctrl-C, in a RuntimeError
NUMBERS = frozenset(
    {
        *("tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint"),
        *("uhugeint", "decimal", "float", "double"),
    }
)

Parameters = Sequence[object] | Mapping[str, object]


@dataclass(frozen=True)
class Answer:
    """Rows of a statement: column names, values as Python objects, and whether rows beyond the limit were left off."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    is_cut: bool = False


class Rows:
    """The rows of one statement, read as they are asked for and once only; the next statement ends them.

    `columns` are names, `kinds` DuckDB's types. `count` and `is_cut` (whether rows beyond the limit were left off) are
    known when all have been read.
    """

    def __init__(self, start: Callable[[], duckdb.DuckDBPyConnection], limit: int | None = None) -> None:
        cursor = start()
        described = cursor.description or []
        self.columns: list[str] = [column[0] for column in described]
        self.kinds: list[Any] = [column[1] for column in described]
        self.count = 0
        self.is_cut = False
        self._cursor = cursor
        self._start = start
        self._limit = limit

    def blocks(self) -> Iterator[list[tuple[Any, ...]]]:
        """Lists of rows as Python values, each of at most `BLOCK` rows. Raises UserError as `read` does."""
        with explained(self._cursor):
            while size := self._left(BLOCK):
                block = self._fetched(size)
                if not block:
                    return
                self.count += len(block)
                yield block
            self.is_cut = bool(self._fetched(1))

    def batches(self) -> tuple[pa.Schema, Iterator[pa.Table]]:
        """Arrow's schema, and tables of exactly `BATCH` rows but for the last. Raises UserError as `read` does."""
        with explained(self._cursor):
            reader = self._cursor.to_arrow_reader(BATCH)
        return reader.schema, self._tables(reader)

    def _fetched(self, size: int) -> list[tuple[Any, ...]]:
        import duckdb

        try:
            return self._cursor.fetchmany(size)
        except duckdb.Error:
            # Of a statement that fails on its way DuckDB says here only that it is closed; read as Arrow, it says why.
            for _ in self._start().to_arrow_reader(BATCH):
                pass
            raise

    def _tables(self, reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
        import pyarrow as pa

        waiting = reader.schema.empty_table()
        with explained(self._cursor):
            for batch in reader:
                waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
                while (size := self._left(BATCH)) and waiting.num_rows >= size:
                    yield self._counted(waiting.slice(0, size))
                    waiting = waiting.slice(size)
                if not size and waiting.num_rows:
                    self.is_cut = True
                    return
        if waiting.num_rows:
            yield self._counted(waiting)

    def _counted(self, table: pa.Table) -> pa.Table:
        self.count += table.num_rows
        return table

    def _left(self, most: int) -> int:
        return most if self._limit is None else min(most, self._limit - self.count)


def read(release: Release, text: str, limit: int | None = None, params: Parameters = ()) -> Rows:
    """Starts one statement that reads.

    `limit` is the most rows it gives (None = all), `params` stand for `?`, or for `$name` where they are a mapping.
    Raises UserError for anything but one statement that reads, and for SQL the warehouse cannot run.
    """
    if limit is not None and limit < 1:
        raise UserError(f"the limit must be 1 or more, not {limit}", do="leave the limit out to get all rows")
    with explained(release.connection):
        return Rows(lambda: _run(release, text, params), limit)


def read_arrow(release: Release, text: str, params: Parameters = ()) -> pa.Table:
    """All rows of one statement that reads. Raises UserError as `read` does."""
    with explained(release.connection):
        cursor = _run(release, text, params)
        refuse_twins([column[0] for column in cursor.description or []])
        return cursor.to_arrow_table()


def ask(release: Release, text: str, limit: int | None = None) -> Answer:
    """The rows of one statement that reads, all at once. Raises UserError as `read` does."""
    rows = read(release, text, limit)
    found = [row for block in rows.blocks() for row in block]
    return Answer(rows.columns, found, rows.is_cut)


def refuse_twins(columns: Sequence[str]) -> None:
    """Raises UserError where two columns have one name: what keeps values under names would lose one of them."""
    twin = next((name for at, name in enumerate(columns) if name in columns[:at]), None)
    if twin is not None:
        raise UserError(f"two columns are called '{twin}'", done="nothing was written", do="rename one: ... as other")


@contextmanager
def explained(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Turns what DuckDB says of a statement into a UserError, and Ctrl-C into KeyboardInterrupt."""
    import duckdb

    try:
        yield
    except RuntimeError as error:
        if str(error) != INTERRUPTED:
            raise
        connection.interrupt()  # else the threads go on, and the next statement waits for them
        raise KeyboardInterrupt from None
    except duckdb.PermissionException:
        raise UserError(
            "a query may read the release and nothing else: files, network and extensions are closed",
            done="nothing was run",
            do="query tables of marts and ops; `show all tables` lists them",
        ) from None
    except duckdb.OutOfMemoryException as error:
        raise UserError(
            f"the statement needs more memory than there is: {str(error).splitlines()[0]}",
            done="nothing was written to disk, where a release's data does not belong",
            do="ask for fewer rows or columns, or leave out `order by` over all of them",
        ) from None
    except duckdb.Error as error:
        raise UserError(
            str(error).strip(), do="`show all tables` lists the tables, `describe <table>` its columns"
        ) from None


def _run(release: Release, text: str, params: Parameters) -> duckdb.DuckDBPyConnection:
    statements = release.connection.extract_statements(text)
    _refuse_all_but_one_read([statement.type for statement in statements])
    given = dict(params) if isinstance(params, Mapping) else list(params)
    return release.connection.execute(statements[0], given)


def _refuse_all_but_one_read(kinds: list[Any]) -> None:
    import duckdb

    if not kinds:
        raise UserError("there is no statement to run", do='try: tenure sql "select * from marts.dim_clients"')
    reads = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
    refused = [kind for kind in kinds if kind not in reads]
    if refused:
        raise UserError(
            f"a release is read-only, and this is a {refused[0].name} statement",
            done="nothing was run",
            do="use select, describe, show or explain (pivot needs its values named: pivot ... on x in (...))",
        )
    if len(kinds) > 1:
        raise UserError(f"one statement at a time, please; these are {len(kinds)}", done="nothing was run")
