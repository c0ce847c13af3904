"""`tenure publish-postgres`: the current release into PostgreSQL, all of it in one transaction or nothing.

Old rows are deleted and new ones copied beside them, so a reader's transaction keeps the release it began with, and
nobody waits: only a change of the tables' columns needs a lock that readers are asked for.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipelines.errors import UserError
from pipelines.postgres import totals
from pipelines.postgres.layout import ABOUT, META, META_TABLES, Table, tables_of
from pipelines.postgres.reshape import ALL_SCHEMAS, close_schemas, reshape
from pipelines.postgres.rights import (
    READER_AMS,
    READERS,
    Reader,
    digest_of,
    ensure_groups,
    ensure_members,
    readers_of,
)
from pipelines.postgres.session import KEPT, SAFE, ServerError, Session, connected
from pipelines.serving.access import read_access
from pipelines.serving.release import Release, open_release, warehouse_path

if TYPE_CHECKING:
    from pipelines.dashboards.meta import SiteMeta
    from pipelines.settings import Settings

BATCH = 100_000  # rows that are in memory at a time
ONE_AT_A_TIME = "select pg_try_advisory_xact_lock(hashtextextended('tenure publish-postgres', 0))"
HOLDERS = """
    select distinct a.pid::text, coalesce(a.usename::text, ''), a.application_name, n.nspname || '.' || c.relname
    from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
        join pg_stat_activity a on a.pid = l.pid
    where l.granted and a.pid <> pg_backend_pid() and c.relkind in ('r', 'v') and n.nspname in ({})
    order by 1, 4"""
HOLDERS_SHOWN = 3


@dataclass(frozen=True)
class Copied:
    """What PostgreSQL says of the release it has."""

    release_id: str
    warehouse_sha256: str
    rights_sha256: str
    is_demo: bool

    def is_of(self, release_id: str, warehouse_sha256: str) -> bool:
        """Whether it is this release: an erasure changes the warehouse and leaves its release the name."""
        return (self.release_id, self.warehouse_sha256) == (release_id, warehouse_sha256)


@dataclass(frozen=True)
class Outcome:
    """What a publication did. `is_new`: rows were copied; else PostgreSQL had the release already.

    `tables` and `rows` were copied. `notes`: what else was done, or is left to do, a sentence each.
    """

    release_id: str
    as_of_on: dt.date
    is_new: bool
    tables: int = 0
    rows: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One line."""
        if self.is_new:
            return (
                f"{self.rows:,} rows of {self.tables} tables in {self.seconds:.1f} s; counts and sums are the release's"
            )
        return "had it already" if self.notes else "had it already: nothing to do"

    def __str__(self) -> str:
        head = f"PostgreSQL has {self.release_id}, as of {self.as_of_on}: {self.summary}"
        return "\n".join([head, *(f"  {note}" for note in self.notes)])


def publish(settings: Settings, is_forced: bool = False) -> Outcome:
    """Copies the current release, with the rights of `access.toml`, into the configured database.

    Where PostgreSQL has the release, only changed rights are brought up to date, unless `is_forced`. Whatever goes
    wrong, readers keep what they had. Raises UserError (ServerError where PostgreSQL refused).
    """
    postgres, begun = settings.postgres, time.perf_counter()
    with open_release(warehouse_path(settings)) as release, connected(settings) as session:
        tables = tables_of(release)
        for attempt in range(postgres.retries + 1):
            try:
                outcome = _publish_once(settings, release, session, tables, is_forced)
                break
            except ServerError as error:
                if not error.passes_by_itself:
                    raise
                session.rollback()
                if attempt == postgres.retries:
                    raise _held(session, error, postgres.retries + 1) from None
                time.sleep(postgres.retry_wait_seconds)
        if outcome.is_new:
            outcome = replace(outcome, notes=(*outcome.notes, *_tidy(session, tables)))
    return replace(outcome, seconds=round(time.perf_counter() - begun, 2))


def copied(session: Session) -> Copied | None:
    """What the database holds; None before the first publication."""
    meta = _about(META)
    if session.rows("select to_regclass($1) is null", meta.base) == [(True,)]:
        return None
    rows = session.rows(f"select release_id, warehouse_sha256, rights_sha256, is_demo from {meta.base}")
    return Copied(*rows[0]) if rows else None


def _publish_once(
    settings: Settings, release: Release, session: Session, tables: Sequence[Table], is_forced: bool
) -> Outcome:
    from pipelines.dashboards.meta import read_meta

    meta, digest = read_meta(release, settings.home), release.manifest["warehouse_sha256"]
    before = _begin(session, settings, meta)
    notes = ensure_groups(session)
    logins = [name for (name,) in session.rows("select rolname::text from pg_roles")]
    readers = readers_of(read_access(settings), logins)
    is_reshaped = reshape(session, tables, settings.postgres.lock_timeout_seconds)
    notes += close_schemas(session)
    if before is None or before.rights_sha256 != digest_of(readers) or is_reshaped:
        notes.append(_write_readers(session, readers))
        session.run(f"update {_about(META).base} set rights_sha256 = $1", digest_of(readers))
    notes += ensure_members(session, readers)
    is_there = before is not None and before.is_of(meta.release_id, digest)
    if is_there and not is_reshaped and not is_forced:
        session.commit()
        return Outcome(meta.release_id, meta.as_of_on, False, notes=tuple(notes))
    counts = _copy(release, session, [table for table in tables if table not in ABOUT])
    _write_meta(session, meta, digest, digest_of(readers))
    session.commit()
    return Outcome(meta.release_id, meta.as_of_on, True, len(counts), sum(counts), notes=tuple(notes))


def _begin(session: Session, settings: Settings, meta: SiteMeta) -> Copied | None:
    """Begins the one transaction. What the database held before it."""
    session.run(SAFE)
    session.run(f"set local lock_timeout = {round(settings.postgres.lock_timeout_seconds * 1000)}")
    session.run("set local statement_timeout = 0")
    session.run("set local idle_in_transaction_session_timeout = 0")
    if session.rows(ONE_AT_A_TIME) != [(True,)]:
        raise UserError("another publication into this PostgreSQL is at work", done=KEPT, do="wait for it to end")
    before = copied(session)
    if before is not None and before.is_demo != meta.is_demo:
        there, here = ("the demo company", "a real one") if before.is_demo else ("a real company", "the demo company")
        raise UserError(
            f"this PostgreSQL holds {there}, and this home is of {here}",
            where=str(settings.home),
            done=KEPT,
            do="use a database of its own for each home",
        )
    return before


def _write_readers(session: Session, readers: Sequence[Reader]) -> str:
    import pyarrow as pa

    rows = {
        READERS: {"login": [r.login for r in readers], "role": [str(r.role) for r in readers]},
        READER_AMS: {
            "login": [r.login for r in readers for _ in r.am_ids],
            "am_id": [am_id for r in readers for am_id in r.am_ids],
        },
    }
    for table, columns in rows.items():
        session.run(f"delete from rights.{table}")
        texts = {name: pa.array(column, pa.string()) for name, column in columns.items()}
        session.ingest("rights", table, pa.table(texts))
    if not readers:
        return "nobody may read it: access.toml names no login of this server (docs/postgres.md)"
    return f"{len(readers)} {'login reads' if len(readers) == 1 else 'logins read'} it, as access.toml says"


def _copy(release: Release, session: Session, tables: Sequence[Table]) -> list[int]:
    """Puts the release's rows in the place of those that are there, compares, and notes the totals; rows a table."""
    session.run(f"lock table {', '.join(table.base for table in tables)} in row exclusive mode")
    session.run(f"delete from {_about(META_TABLES).base}")
    counts, wrong = [], []
    for table in tables:
        session.run(f"delete from {table.base}")
        rows = release.connection.sql(totals.source(table)).to_arrow_reader(BATCH)
        session.ingest(table.data_schema, table.name, rows)
        wanted = totals.of_release(release, table)
        wrong += totals.differences(table, wanted, totals.of_copy(session, table))
        counts.append(int(wanted["*"] or 0))
        noted = json.dumps(totals.control_totals(table, wanted))
        session.run(
            f"insert into {_about(META_TABLES).base} values ($1, $2, $3, $4::jsonb)",
            *(table.schema, table.name, counts[-1], noted),
        )
    if wrong:
        raise UserError(
            f"the copy is not what the release holds: {'; '.join(wrong[:HOLDERS_SHOWN])}",
            done=f"the copy was undone; {KEPT}",
            do="publish again; if it stays, report it: a trigger on a table of ours would do this",
        )
    return counts


def _write_meta(session: Session, meta: SiteMeta, warehouse_sha256: str, rights_sha256: str) -> None:
    about = _about(META)
    published_at = meta.published_at.astimezone(dt.UTC).replace(tzinfo=None) if meta.published_at else None
    values: dict[str, Any] = {
        "release_id": meta.release_id,
        "as_of_on": meta.as_of_on,
        "published_at": published_at,
        "reporting_currency": meta.reporting_currency,
        "fx_baseline_on": meta.fx_baseline_on,
        "is_demo": meta.is_demo,
        "warehouse_sha256": warehouse_sha256,
        "rights_sha256": rights_sha256,
    }
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    session.run(f"delete from {about.base}")
    session.run(
        f"insert into {about.base} (copied_at, {', '.join(values)}) values (now() at time zone 'UTC', {places})",
        *values.values(),
    )


def _tidy(session: Session, tables: Sequence[Table]) -> list[str]:
    """Clears the old rows away and counts for the planner. Never waits for readers, and takes nothing from them."""
    try:
        session.outside_of_transactions()
        session.run(f"vacuum (analyze, truncate false, skip_locked) {', '.join(table.base for table in tables)}")
    except ServerError as error:
        return [f"the old rows are not cleared away yet ({error.what}); autovacuum will do it"]
    return []


def _held(session: Session, error: ServerError, attempts: int) -> UserError:
    """Who is in the way, as far as the server tells."""
    rows = session.rows(HOLDERS.format(", ".join(f"'{schema}'" for schema in ALL_SCHEMAS)))
    by_process: dict[str, list[str]] = {}
    for pid, user, application, relation in rows:
        by_process.setdefault(f"process {pid} ({user}, {application or 'unnamed'})", []).append(relation)
    named = [f"{process} holds {', '.join(held[:HOLDERS_SHOWN])}" for process, held in by_process.items()]
    return UserError(
        f"somebody kept the tables locked through {attempts} attempts: {error.what}",
        where="; ".join(named[:HOLDERS_SHOWN]) or None,
        done=KEPT,
        do="end that transaction, then tenure publish-postgres; the next nightly run tries again by itself",
    )


def _about(name: str) -> Table:
    (table,) = [table for table in ABOUT if table.name == name]
    return table
