"""What a publication refuses is said, without a password, and leaves everything as it was."""

from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.postgres.publish import publish
from pipelines.settings import load_settings
from tests.integration.publishing.releases import all_of, numbers, put, seen
from tests.postgres import PostgresServer
from tests.postgres_home import (
    PASSWORD,
    VARIABLE,
    url_of_publisher,
    write_release,
)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://publisher:wr0ng%2Fsecret@127.0.0.1:{port}/{database}", "password authentication failed"),
        ("postgresql://publisher:wr0ng/secret@127.0.0.1:{port}/{database}", "cannot be reached"),
        ("postgresql://publisher:wr0ng secret%zz@127.0.0.1:1/x", "cannot be read"),
        ("postgresql://publisher:wr0ng@secret@127.0.0.1:1/x", "cannot be reached"),
        ("postgresql://publisher:wr0ngsecret@127.0.0.1:1/x", "Connection refused"),
        ("mysql://publisher:wr0ngsecret@127.0.0.1/x", "no PostgreSQL URL"),
        ("", "is not set"),
    ],
)
def test_a_database_that_cannot_be_reached_is_said_without_the_password(
    postgres: PostgresServer, database: str, home: Path, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    write_release(home, 1, numbers(1))
    monkeypatch.setenv(VARIABLE, url.format(port=postgres.port, database=database))
    with pytest.raises(UserError) as refused:
        publish(load_settings(home))
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "wr0ng" not in str(refused.value)


def test_a_password_in_the_settings_file_is_refused_and_one_in_the_pass_file_is_used(
    postgres: PostgresServer, database: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_release(home, 1, numbers(1))
    for url in (url_of_publisher(postgres, database), f"postgresql://publisher@h/d?password={PASSWORD}"):
        (home / "tenure.toml").write_text(f'[postgres]\nurl = "{url.replace(" ", "%20")}"\n')
        with pytest.raises(UserError, match="must not hold the password"):
            load_settings(home)
    (home / "tenure.toml").write_text(
        f'[postgres]\nurl = "postgresql://publisher@127.0.0.1:{postgres.port}/{database}"\n'
    )
    passes = home / "pgpass"
    passes.write_text(f"*:*:*:*:{PASSWORD}\n")
    passes.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passes))
    assert publish(load_settings(home)).is_new


@pytest.mark.slow
def test_a_schema_of_somebody_else_is_left_alone(postgres: PostgresServer, database: str, home: Path) -> None:
    postgres.run(database, "create schema marts")
    write_release(home, 1, numbers(1))
    with pytest.raises(UserError, match="schema marts belongs to admin"):
        publish(load_settings(home))
    assert postgres.run(database, "select count(*) from pg_namespace where nspname in ('ops', 'rights')") == [(0,)]


def test_a_type_without_a_counterpart_names_its_column(database: str, home: Path) -> None:
    write_release(home, 1, numbers(1, "create table marts.odd as select {'a': 1} as pair"))
    with pytest.raises(UserError, match=r"marts\.odd\.pair is of type STRUCT"):
        publish(load_settings(home))


@pytest.mark.slow
def test_functions_and_tables_of_others_do_not_come_in_the_publishers_way(
    postgres: PostgresServer, database: str, home: Path
) -> None:
    for statement in (
        "create function public.octet_length(text) returns integer language sql as 'select 0'",
        "create function public.sum(text) returns numeric language sql as 'select 0.0'",
        "create table public.pg_roles (rolname name)",
        f"alter role publisher in database {database} set search_path = public, pg_catalog",
    ):
        postgres.run(database, statement)
    release_id = put(home, 1)
    assert seen(postgres, database) == all_of(release_id, 1)
