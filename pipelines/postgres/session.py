"""One connection to PostgreSQL through ADBC: statements with bound values, Arrow in bulk, errors a person can read.

ADBC copies Arrow in PostgreSQL's binary form, so decimals, days and timestamps arrive as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipelines.errors import UserError
from pipelines.postgres.address import origin, postgres_url, without_password
from pipelines.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa
    from adbc_driver_manager.dbapi import Connection

OLDEST = 15  # security_invoker views
KEPT = "what PostgreSQL had before stays as it was"
LOCKED, DEADLOCK, DEPENDENTS, DENIED = "55P03", "40P01", "2BP01", "42501"
PASSING = frozenset({LOCKED, DEADLOCK})
AGAIN = "correct what it says, then tenure publish-postgres; the next nightly run tries again by itself"
ADVICE = {
    DEPENDENTS: "drop or change what hangs on it (a view of your own, most likely), publish again, then create it anew",
    DENIED: "let the publisher own the database, or its schemas marts, ops, policy and rights (docs/postgres.md)",
}
CONNECT_FAILED = "IO: [libpq] Failed to connect: "
ABOUT_SERVER = ("connection to server", "server closed")
UNKNOWN_HOST = "could not translate host name"
ENCODING = "UTF8"
# A reader who may create something must not be able to put their own function or table in our way. For every
# transaction anew: a pooler may give each another connection.
SAFE = "set search_path = pg_catalog, pg_temp"


class ServerError(UserError):
    """PostgreSQL refused a statement, or went away. `sqlstate` is empty where no statement was to blame."""

    def __init__(self, what: str, sqlstate: str, do: str, where: str | None = None) -> None:
        super().__init__(what, where=where, done=KEPT, do=do)
        self.sqlstate = sqlstate

    @property
    def passes_by_itself(self) -> bool:
        """Whether trying again later may help: somebody held what was needed."""
        return self.sqlstate in PASSING


class Session:
    """A connection whose statements belong to one transaction, which ends with `commit` or `rollback`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.version, self.version_text = 0, ""

    def run(self, sql: str, *values: object) -> None:
        """One statement whose answer does not matter; `$1`, `$2` stand for the values."""
        self.rows(sql, *values)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The answer to one statement. Numerics come as text: cast them in the statement."""
        with _told(), self._connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def ingest(self, schema: str, table: str, rows: pa.RecordBatchReader | pa.Table) -> int:
        """Append Arrow rows to a table, column by name; how many."""
        with _told(), self._connection.cursor() as cursor:
            return cursor.adbc_ingest(table, rows, mode="append", db_schema_name=schema)

    def commit(self) -> None:
        with _told():
            self._connection.commit()

    def rollback(self) -> None:
        with _told():
            self._connection.rollback()

    def outside_of_transactions(self) -> None:
        """From now on every statement stands alone. Only after `commit` or `rollback`."""
        with _told():
            self._connection.adbc_connection.set_autocommit(True)


@contextmanager
def connected(settings: Settings) -> Iterator[Session]:
    """A session on the configured database; what is not committed when it ends is undone.

    Raises UserError, without the password, where the server does not answer or cannot hold a release.
    """
    from adbc_driver_manager import Error
    from adbc_driver_postgresql import dbapi

    url = postgres_url(settings)
    try:
        connection = dbapi.connect(url)
    except Error as error:
        raise UserError(
            f"PostgreSQL cannot be reached: {_reason(str(error), url)}",
            where=origin(settings),
            done=KEPT,
            do="start the server, or correct the URL; the password belongs into the environment or the pass file",
        ) from None
    with connection:
        session = Session(connection)
        session.run(SAFE)
        _refuse_unfit(session, origin(settings))
        session.commit()
        yield session


def _reason(said: str, url: str) -> str:
    """What libpq said of a connection. Where it could not read the URL it quotes it, and that may be the password."""
    reason = " ".join(said.removeprefix(CONNECT_FAILED).split())
    if reason.startswith(UNKNOWN_HOST):
        return f"{UNKNOWN_HOST} of the URL"
    readable = without_password(reason, url) if reason.startswith(ABOUT_SERVER) else ""
    return readable or "its URL, or an option in it, cannot be read"


def _refuse_unfit(session: Session, where: str) -> None:
    ((number, version, encoding),) = session.rows(
        """select current_setting('server_version_num')::bigint, current_setting('server_version'),
            pg_encoding_to_char(encoding)::text from pg_database where datname = current_database()"""
    )
    session.version, session.version_text = int(number) // 10000, str(version)
    if session.version < OLDEST:
        raise UserError(
            f"PostgreSQL {version} is too old: views with the rights of their reader came with {OLDEST}",
            *(where, KEPT, f"upgrade the server to {OLDEST} or later"),
        )
    if encoding != ENCODING:
        raise UserError(
            f"the database has the encoding {encoding}, which cannot hold every name",
            *(where, KEPT, f"create a database with encoding {ENCODING}"),
        )


@contextmanager
def _told() -> Iterator[None]:
    """PostgreSQL's refusals as errors that a person can act on."""
    from adbc_driver_manager import Error

    try:
        yield
    except Error as error:
        said = {_text(key): _text(value) for key, value in error.details or []}
        state = error.sqlstate or ""
        what = said.get("PG_DIAG_MESSAGE_PRIMARY") or f"the connection was lost ({type(error).__name__})"
        dependents = said.get("PG_DIAG_MESSAGE_DETAIL", "").replace("\n", "; ") if state == DEPENDENTS else None
        raise ServerError(f"PostgreSQL: {what}", state, ADVICE.get(state, AGAIN), dependents) from None


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
