"""PostgreSQL as the place of Dagster's run history: its URL, which stands in the environment only, and a first look.

Nothing here writes to the database; Dagster makes its own tables when it opens them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.postgres.address import without_password
from pipelines.settings import Settings

if TYPE_CHECKING:
    import psycopg2.extensions

SCHEMES = ("postgresql://", "postgresql+psycopg2://")
WAIT_SECONDS = 10
_SETTING = "`dagster_postgres_url_from`"


def postgres_url(settings: Settings) -> str:
    """The URL of the configured database. Raises UserError that names the variable, never its value."""
    name = settings.dagster_postgres_url_from
    url = os.environ.get(name, "")
    if not url:
        raise UserError(
            f"the environment variable {name}, which holds the URL of the run history's PostgreSQL, is not set",
            where=_where(settings),
            done="nothing was changed",
            do=f"set it (deploy/systemd/tenure.env shows where), or take {_SETTING} out to use SQLite",
        )
    if not url.startswith(SCHEMES):
        raise UserError(
            f"the environment variable {name} holds no PostgreSQL URL",
            where=_where(settings),
            done="nothing was changed",
            do="write it as postgresql://user:password@host:5432/database",
        )
    return url


def server_version(settings: Settings) -> str:
    """The version of the server that answers under the URL. Raises UserError, without the password, when none does."""
    with _connected(settings) as connection:
        return str(connection.get_parameter_status("server_version"))


def has_tables(settings: Settings) -> bool:
    """Whether Dagster has made its tables there. Raises UserError as `server_version` does."""
    with _connected(settings) as connection, connection.cursor() as cursor:
        cursor.execute("select to_regclass('runs') is not null")
        return bool(cursor.fetchone() == (True,))


@contextmanager
def _connected(settings: Settings) -> Iterator["psycopg2.extensions.connection"]:
    import psycopg2

    url = "postgresql://" + postgres_url(settings).split("://", 1)[1]
    try:
        connection = psycopg2.connect(url, connect_timeout=WAIT_SECONDS)
    except psycopg2.OperationalError as error:
        raise _unreachable(settings, url, " ".join(str(error).split())) from None
    except psycopg2.ProgrammingError:  # libpq quotes the part of the URL that it cannot read: it may be the password
        raise _unreachable(settings, url, "it cannot be read as a PostgreSQL URL") from None
    try:
        yield connection
    finally:
        connection.close()


def _where(settings: Settings) -> str:
    return f"{settings.home / 'tenure.toml'}, {_SETTING}"


def _unreachable(settings: Settings, url: str, reason: str) -> UserError:
    return UserError(
        f"the PostgreSQL of the run history cannot be used: {without_password(reason, url)}",
        where=f"the URL in the environment variable {settings.dagster_postgres_url_from}",
        done="nothing was changed",
        do="start the server, or correct the URL; a special character in the password is written as %XX",
    )
