"""Homes whose releases are copied into a real PostgreSQL: releases written by hand, a publisher, logins."""

import json
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import psycopg2

from pipelines.release.files import replace_symlink, sha256_of_file
from pipelines.settings import Settings, load_settings
from tests.postgres import PostgresServer
from tests.unit.release.releases import make_manifest

PUBLISHER, PASSWORD = "publisher", "pass/word %"
VARIABLE = "TENURE_POSTGRES_URL"
GROUPS = ("tenure_leadership", "tenure_revops", "tenure_director", "tenure_am")
RUN = """create schema if not exists staging; create or replace table staging.stg_run as select
    date '2026-01-30' as as_of_on, 'USD' as reporting_currency, date '2025-12-31' as fx_baseline_on"""
SETTINGS = f"""[postgres]
url_from = "{VARIABLE}"
lock_timeout_seconds = 0.2
retries = 0
retry_wait_seconds = 0.1
"""


def write_release(home: Path, number: int, fill: Callable[[duckdb.DuckDBPyConnection], object]) -> str:
    """Makes release `number` from what `fill` writes into its warehouse, and makes it the current one; its id."""
    draft = home / f"warehouse-{number}.duckdb"
    draft.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(draft)) as connection:
        fill(connection)
        connection.execute(RUN)
    manifest = make_manifest(number, sha256_of_file(draft), [])
    folder = home / "releases" / manifest.release_id
    folder.mkdir(parents=True)
    draft.rename(folder / "warehouse.duckdb")
    (folder / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    replace_symlink(home / "current", Path("releases") / manifest.release_id)
    return manifest.release_id


def write_settings(home: Path) -> Settings:
    """A home that is copied to the PostgreSQL of the variable, and does not wait long."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "tenure.toml").write_text(SETTINGS, encoding="utf-8")
    return load_settings(home)


def write_access(home: Path, people: dict[str, tuple[str, str | list[str] | None]]) -> None:
    """`people`: role and AMs by login."""
    lines = []
    for login, (role, ams) in people.items():
        lines += ["[[people]]", f"login = {json.dumps(login)}", f'role = "{role}"']
        key = {"am": "am_id", "director": "team"}.get(role)
        lines += [f"{key} = {json.dumps(ams)}"] if key else []
    (home / "access.toml").write_text("\n".join(lines), encoding="utf-8")


def database_of_publisher(postgres: PostgresServer, has_groups: bool = True) -> str:
    """A database that the publisher owns. The publisher has no right beside that; the groups are there, as a rule."""
    name = postgres.new_database()
    for role, kind in ((PUBLISHER, f"login password '{PASSWORD}'"), *((group, "nologin") for group in GROUPS)):
        is_there = bool(postgres.run(name, f"select 1 from pg_roles where rolname = '{role}'"))
        if not is_there and (has_groups or role == PUBLISHER):
            postgres.run(name, f"create role {role} {kind}")
    postgres.run(name, f"alter database {name} owner to {PUBLISHER}")
    return name


def url_of_publisher(postgres: PostgresServer, database: str) -> str:
    return postgres.url(database, PUBLISHER, PASSWORD)


def make_login(postgres: PostgresServer, name: str, *groups: str) -> None:
    """A login with the tests' password, a member of the groups."""
    identifier = '"' + name.replace('"', '""') + '"'
    if not postgres.run("postgres", f"select 1 from pg_roles where rolname = '{name.replace(chr(39), chr(39) * 2)}'"):
        postgres.run("postgres", f"create role {identifier} login password '{PASSWORD}'")
    for group in groups:
        postgres.run("postgres", f"grant {group} to {identifier}")


def connect(postgres: PostgresServer, database: str, login: str) -> "psycopg2.extensions.connection":
    """A session of the login, in which every statement stands alone."""
    connection = psycopg2.connect(postgres.url(database, login, PASSWORD))
    connection.autocommit = True
    return connection


def ask(connection: "psycopg2.extensions.connection", sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def ask_as(postgres: PostgresServer, database: str, login: str, sql: str) -> list[tuple[Any, ...]]:
    with closing(connect(postgres, database, login)) as connection:
        return ask(connection, sql)


def in_order(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows as two sides can be compared: in one order, every value with its type's own spelling."""
    return sorted(rows, key=repr)
