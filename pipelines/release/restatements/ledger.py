"""The ledger: two releases compared, figure by figure, and the rows of `ops.restatements` that come of it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.audit.record import RESTATEMENTS_DDL
from pipelines.engine import CONFIG
from pipelines.release.restatements.causes import find_line_causes
from pipelines.release.restatements.figures import changed_figures_sql
from pipelines.release.restatements.sources import attach, columns_of, text
from pipelines.release.restatements.steps import compare_balances, share_out

if TYPE_CHECKING:
    import duckdb

COLUMNS = "month, metric, segment, segment_value, old_value, new_value, cause, client_id, client_effect"


@dataclass(frozen=True)
class Restated:
    """One row of the ledger: what one client and cause did to one figure. `client_id` None: nobody's part."""

    month: dt.date
    metric: str
    segment: str
    segment_value: str
    old_value: Decimal | None
    new_value: Decimal | None
    cause: str
    client_id: str | None
    client_effect: Decimal
    publication_id: str = ""


@contextmanager
def comparison(old: Path | None, new: Path, *, can_write_new: bool = False) -> Iterator["duckdb.DuckDBPyConnection"]:
    """A connection on which the temp table `restated` holds what changed from `old` to `new`, two warehouse files.

    Only months that were complete in both are compared. Without `old` the table is empty.
    """
    import duckdb

    with duckdb.connect(":memory:", config=CONFIG) as connection:
        is_complete = attach(connection, old, new, can_write_new=can_write_new)
        if old is None:
            connection.execute(EMPTY)
        else:
            _compare(connection, is_complete)
        yield connection


def write_ledger(connection: "duckdb.DuckDBPyConnection", publication_id: str, log: Path | None) -> None:
    """Fill `ops.restatements` of the new release: the rows of the newest release before it (`log`), then its own."""
    connection.execute("use new_release")
    connection.execute(RESTATEMENTS_DDL)
    connection.execute("use memory")
    connection.execute("delete from new_release.ops.restatements")  # of an audit that broke off
    if log is not None:
        connection.execute(f"attach {text(log)} as log_release (read_only)")
        if columns_of(connection, "log_release.ops.restatements"):
            connection.execute(
                f"""insert into new_release.ops.restatements by name
                select publication_id, {COLUMNS} from log_release.ops.restatements"""
            )
        connection.execute("detach log_release")
    connection.execute(
        "insert into new_release.ops.restatements by name select ? as publication_id, * from restated", [publication_id]
    )


def read_restated(connection: "duckdb.DuckDBPyConnection") -> list[Restated]:
    """The rows of `restated`, the latest month first."""
    rows = connection.execute(
        f"""select {COLUMNS}
        from restated
        order by month desc, segment desc, segment_value, metric, abs(client_effect) desc, client_id, cause"""
    ).fetchall()
    return [Restated(*row) for row in rows]


EMPTY = """
create temp table restated (
    month date, metric varchar, segment varchar, segment_value varchar, old_value decimal(28, 8),
    new_value decimal(28, 8), cause varchar, client_id varchar, client_effect decimal(28, 8)
)
"""


def _compare(connection: "duckdb.DuckDBPyConnection", is_complete: bool) -> None:
    connection.execute(
        """create temp table horizon as
        select least(o.last_month, n.last_month) as last_month from old.run as o cross join new.run as n"""
    )
    connection.execute(f"create temp table changed_figures as {changed_figures_sql()}")
    row = connection.execute("select count(*) from changed_figures").fetchone()
    if row is None or not row[0]:
        connection.execute(EMPTY)
        return
    compare_balances(connection)
    find_line_causes(connection, is_complete)
    share_out(connection)
