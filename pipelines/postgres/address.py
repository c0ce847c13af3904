"""Where the PostgreSQL is that releases are copied to. A password stands in no file of ours and in no message."""

import os
from urllib.parse import unquote

from pipelines.errors import UserError
from pipelines.settings import Settings

SCHEMES = ("postgresql://", "postgres://")
DEFAULTS = "connect_timeout=10&tcp_user_timeout=60000&fallback_application_name=tenure"


def postgres_url(settings: Settings) -> str:
    """The URL for libpq; what it does not say (password, user, port) libpq takes from PG* variables and the pass file.

    Raises UserError that names the setting or the variable, never its value.
    """
    postgres, where = settings.postgres, str(settings.home / "tenure.toml")
    if not postgres.is_configured:
        raise UserError(
            "no PostgreSQL is configured",
            where=where,
            done="nothing was copied",
            do='add [postgres] with url = "postgresql://user@host:5432/database" (docs/postgres.md)',
        )
    url = postgres.url or os.environ.get(postgres.url_from, "")
    if not url:
        raise UserError(
            f"the environment variable {postgres.url_from}, which holds the URL of the PostgreSQL, is not set",
            where=f"{where}, [postgres] url_from",
            done="nothing was copied",
            do=f"set {postgres.url_from} for this process, or take [postgres] out",
        )
    if not url.startswith(SCHEMES):
        raise UserError(
            f"the environment variable {postgres.url_from} holds no PostgreSQL URL",
            where=f"{where}, [postgres] url_from",
            done="nothing was copied",
            do="write it as postgresql://user:password@host:5432/database",
        )
    address, _, options = url.partition("?")
    return f"{address}?{DEFAULTS}" + (f"&{options}" if options else "")  # of one option given twice the last holds


def origin(settings: Settings) -> str:
    """Where the URL comes from, for messages."""
    if settings.postgres.url:
        return f"{settings.home / 'tenure.toml'}, [postgres] url"
    return f"the URL in the environment variable {settings.postgres.url_from}"


def without_password(text: str, url: str) -> str:
    """The text without anything that the URL's part before the host holds beside the user's name."""
    before_host, at, _ = url.partition("://")[2].rpartition("@")
    _, colon, password = before_host.partition(":")
    if not (at and colon and password):
        return text
    for secret in sorted({password, unquote(password)}, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
