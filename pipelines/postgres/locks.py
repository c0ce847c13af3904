"""Locks that readers are asked for: all of a night's at once, or none, and never so that a reader is the one who fails.

Who waits for one lock and holds another can be in a circle with readers, which PostgreSQL breaks by ending somebody's
query, perhaps theirs. It looks for circles after `deadlock_timeout`, one second; every attempt here is over before.
"""

import time
from collections.abc import Iterable

from pipelines.postgres.session import ServerError, Session

ATTEMPT_SECONDS = 0.5  # also how long a failed attempt can keep readers waiting
PAUSE_SECONDS = 0.1


def take_alone(session: Session, views: Iterable[str], tables: Iterable[str], patience: float) -> None:
    """Lock views and tables, by their SQL names, for this transaction alone, trying for `patience` seconds.

    The views must be created or dropped after it, as an option of theirs is changed.

    Raises ServerError where somebody held one of them all that time.
    """
    # LOCK on a view would lock everything behind it too; this locks the view itself, which is then made anew.
    statements = [f"alter view {name} set (security_barrier = true)" for name in views]
    statements += [f"lock table only {name} in access exclusive mode" for name in tables]
    end = time.monotonic() + patience
    while statements:
        session.run("savepoint locks")
        try:
            _take_all(session, statements)
            break
        except ServerError as error:
            session.run("rollback to savepoint locks")
            if not error.passes_by_itself or time.monotonic() > end:
                raise
            time.sleep(PAUSE_SECONDS)
    session.run(f"set local lock_timeout = {round(patience * 1000)}")


def _take_all(session: Session, statements: list[str]) -> None:
    end = time.monotonic() + ATTEMPT_SECONDS
    for statement in statements:
        session.run(f"set local lock_timeout = {max(1, round((end - time.monotonic()) * 1000))}")
        session.run(statement)
