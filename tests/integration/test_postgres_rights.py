"""Rights in PostgreSQL: every role finds in every table, cell for cell, what the door shows it; no way leads around.

The release is that of the tests of the rights: every published table and column, each text about one client.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from pipelines.postgres.publish import Outcome, publish
from pipelines.serving.access import read_access
from pipelines.serving.release import open_release
from pipelines.settings import load_settings
from tests.postgres import PostgresServer
from tests.postgres_home import (
    VARIABLE,
    ask,
    ask_as,
    connect,
    database_of_publisher,
    in_order,
    make_login,
    url_of_publisher,
    write_access,
    write_release,
    write_settings,
)
from tests.unit.serving.test_rights import warehouse

__all__ = ["warehouse"]

PEOPLE: dict[str, tuple[str, str | list[str] | None]] = {
    "lena": ("leadership", None),
    "rev": ("revops", None),
    "dora": ("director", ["am-1", "am-2"]),
    "ann": ("am", "am-1"),
    "Bob": ("am", "am-2"),  # the login is "bob": found in any case
    'O\'Neil "x"; drop table meta; --': ("am", "am-3"),
    "newcomer": ("am", "am-9"),
}
SCHEMAS = ("marts", "ops", "policy")
DATA = tuple(f"{schema}_data" for schema in SCHEMAS)
ABOUT = ("meta", "meta_tables")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, warehouse: Path) -> Path:
    home = tmp_path_factory.mktemp("postgres") / "home"
    write_settings(home)
    write_access(home, PEOPLE)

    def fill(connection: Any) -> None:
        connection.execute(f"attach '{warehouse}' as everything (read_only)")
        connection.execute('copy from database everything to "warehouse-1"')

    write_release(home, 1, fill)
    return home


@pytest.fixture(scope="module")
def database(postgres: PostgresServer, home: Path) -> Iterator[str]:
    """The release in PostgreSQL, with a login for everybody."""
    name = database_of_publisher(postgres)
    for login, (role, _) in PEOPLE.items():
        make_login(postgres, login.lower() if login == "Bob" else login, f"tenure_{role}")
    make_login(postgres, "stranger")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, url_of_publisher(postgres, name))
        outcome = publish(load_settings(home))
    assert outcome.is_new
    assert outcome.notes == ("7 logins read it, as access.toml says",)
    yield name


def tables_in(postgres: PostgresServer, database: str) -> list[tuple[str, str]]:
    return postgres.run(
        database,
        f"select schemaname::text, viewname::text from pg_views where schemaname in {SCHEMAS} order by 1, 2",
    )


@pytest.mark.parametrize("login", PEOPLE)
def test_every_table_holds_for_every_role_what_the_door_of_the_dashboards_shows(
    postgres: PostgresServer, database: str, home: Path, login: str
) -> None:
    principal = read_access(load_settings(home)).principal_of(login)
    assert principal is not None
    compared, seen = 0, set()
    with (
        closing(connect(postgres, database, login.lower() if login == "Bob" else login)) as session,
        open_release(load_settings(home), principal) as release,
    ):
        for schema, table in tables_in(postgres, database):
            if table in ABOUT:
                continue
            if not release.has_table(schema, table):
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    ask(session, f'select 1 from {schema}."{table}"')
                continue
            cursor = release.connection.execute(f'select * from {schema}."{table}"')
            columns = [column[0] for column in cursor.description or []]
            listed = ", ".join(f'"{column}"' for column in columns)
            found = ask(session, f'select {listed} from {schema}."{table}"')
            assert in_order(found) == in_order(cursor.fetchall()), f"{schema}.{table}"
            compared += 1
            if "client_id" in columns:
                seen |= {row[columns.index("client_id")] for row in found}
        visible = {(schema, table) for schema, table in release.tables if schema in SCHEMAS}
    assert compared == len(visible)
    assert compared > 50
    owned = {"am-1": {1, 4}, "am-2": {2, 5}, "am-3": {3}}
    wanted = range(1, 7) if principal.am_ids is None else {n for am in principal.am_ids for n in owned.get(am, ())}
    assert seen - {None} == {f"client-{number}" for number in wanted}


def test_the_release_is_named_to_all_readers_and_its_totals_to_those_who_see_all(
    postgres: PostgresServer, database: str, home: Path
) -> None:
    release_id = (home / "current").readlink().name
    for login in ("lena", "ann", "newcomer"):
        assert ask_as(postgres, database, login, "select release_id from ops.meta") == [(release_id,)]
    assert len(ask_as(postgres, database, "rev", "select * from ops.meta_tables")) > 50
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask_as(postgres, database, "dora", "select * from ops.meta_tables")


def test_a_stranger_may_use_nothing(postgres: PostgresServer, database: str) -> None:
    with closing(connect(postgres, database, "stranger")) as session:
        for schema, table in tables_in(postgres, database):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                ask(session, f'select 1 from {schema}."{table}"')


def test_a_stranger_who_was_granted_everything_by_mistake_finds_no_row(postgres: PostgresServer, database: str) -> None:
    schemas = (*SCHEMAS, *DATA, "rights")
    make_login(postgres, "mistake", "tenure_leadership", "tenure_am")
    for schema in schemas:
        postgres.run(database, f"grant usage on schema {schema} to mistake")
        postgres.run(database, f"grant select on all tables in schema {schema} to mistake")
    relations = postgres.run(
        database,
        f"""select n.nspname::text, c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in {schemas} and c.relkind in ('r', 'v')""",
    )
    assert len(relations) > 120
    with closing(connect(postgres, database, "mistake")) as session:
        seen = {
            f"{schema}.{name}": rows
            for schema, name in relations
            if (rows := ask(session, f'select * from {schema}."{name}"'))
        }
    assert list(seen) == ["rights.margin_months"]  # months, of nobody
    for schema in schemas:
        postgres.run(database, f"revoke all on schema {schema} from mistake")


ESCAPES = {
    "the base table": "select * from marts_data.dim_clients",
    "the base table by search_path": "set search_path = marts_data, public; select * from dim_clients",
    "who reads what": "select * from rights.readers",
    "whose portfolio is whose": "select * from rights.reader_ams",
    "the own portfolio's view": "select * from rights.ams",
    "a group of others": "set role tenure_leadership",
    "another login": "set session authorization lena",
    "a grant to oneself": "grant tenure_leadership to ann",
    "row security off": "set row_security = off; select * from marts.dim_clients",
    "the base table as XML": "select table_to_xml((select c.oid from pg_class c where relname = 'dim_clients'"
    " and relkind = 'r')::regclass, true, false, '')",
    "the base table's row type": "select null::marts_data.dim_clients",
    "the view without its reader's rights": "alter view marts.dim_clients set (security_invoker = false)",
    "a policy of one's own": "create policy mine on marts_data.dim_clients using (true)",
    "a row": "insert into marts.dim_clients (client_id) values ('mine')",
    "a change": "update marts.dim_clients set client_name = 'mine'",
    "a removal": "delete from marts.dim_clients",
    "a table beside ours": "create table marts.mine (a int)",
    "a view in rights": "create view rights.mine as select 1",
    "a lock on everybody": "begin; lock table marts.dim_clients in share mode",
    "a lock on the base": "begin; lock table marts_data.dim_clients in access share mode",
    "a file": "copy marts.dim_clients to '/tmp/leak'",
    "a program": "copy (select 1) to program 'id'",
}


@pytest.mark.parametrize("way", ESCAPES)
def test_ways_around_the_rights_are_closed(postgres: PostgresServer, database: str, way: str) -> None:
    with closing(connect(postgres, database, "ann")) as session, pytest.raises(psycopg2.Error) as refused:
        ask(session, ESCAPES[way])
    assert refused.value.pgcode in {"42501", "42P01", "22023"}, refused.value
    assert "Client" not in str(refused.value)


TRICKS = {
    "reset": "reset role; reset session authorization; reset all",
    "the own group": "set role tenure_am",
    "tables of the rights' names": "create temp table readers as select 'ann' as login, 'leadership' as role;"
    " create temp table reader as select 'leadership' as role; create temp table ams as select 'am-3' as am_id;"
    " set search_path = pg_temp, marts, public",
    "a function of a catalogue's name": "create function pg_temp.current_database() returns name language sql as"
    " $$ select 'x'::name $$; set search_path = pg_temp, pg_catalog",
    "another name of the session": "set application_name = 'lena'",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_tricks_change_nothing_of_what_is_seen(postgres: PostgresServer, database: str, trick: str) -> None:
    with closing(connect(postgres, database, "ann")) as session:
        ask(session, TRICKS[trick])
        seen = ask(
            session, "select distinct client_id from marts.fct_arr union select client_id from marts.dim_clients"
        )
        assert {client for (client,) in seen} == {"client-1", "client-4"}
        assert ask(session, "select margin_cc from marts.rpt_client_economics where margin_cc is not null") == []


def test_a_leaky_function_or_operator_sees_only_what_its_reader_may_see(
    postgres: PostgresServer, database: str
) -> None:
    with closing(connect(postgres, database, "ann")) as session:
        ask(
            session,
            """create function pg_temp.leak(value anyelement) returns boolean language plpgsql cost 0.0000001 as
                $$ begin raise notice 'saw %', value; return true; end $$;
            create function pg_temp.leak2(a text, b text) returns boolean language plpgsql cost 0.0000001 as
                $$ begin raise notice 'saw %', a; return true; end $$;
            create operator pg_temp.<<<< (leftarg = text, rightarg = text, function = pg_temp.leak2)""",
        )
        session.notices.clear()
        ask(session, "select 1 from marts.dim_clients where pg_temp.leak(client_name)")
        ask(session, "select 1 from marts.fct_revenue where client_id operator(pg_temp.<<<<) 'x'")
        ask(session, "select 1 from marts.rpt_client_economics where pg_temp.leak(margin_cc)")
        ask(session, "select 1 from marts.fct_arr_movements m join marts.dim_clients c on pg_temp.leak(m.am_id)")
        said = "".join(session.notices)
    assert "Client 1" in said
    assert "client-4" in said
    for foreign in ("Client 2", "Client 3", "client-5", "am-2", "am-3", "saw 7"):
        assert foreign not in said


def test_an_error_tells_nothing_of_foreign_rows(postgres: PostgresServer, database: str) -> None:
    probe = "select count(*) from marts.dim_clients where 1 / (case when client_id = 'client-{}' then 0 else 1 end) = 1"
    assert ask_as(postgres, database, "ann", probe.format(3)) == [(2,)]
    with pytest.raises(psycopg2.errors.DivisionByZero):
        ask_as(postgres, database, "ann", probe.format(1))


def test_views_and_functions_of_those_who_see_more_show_others_nothing_foreign(
    postgres: PostgresServer, database: str
) -> None:
    """Who is logged in decides, not whose rights a view or a function runs with; no policy holds for a superuser's."""
    make = """create schema {0};
        create view {0}.everybody as select client_id from marts.dim_clients;
        create function {0}.everybody_too() returns setof text language sql security definer as
            $$ select client_id from marts.dim_clients $$;
        grant usage on schema {0} to ann; grant select on {0}.everybody to ann"""
    postgres.run(database, f"grant create on database {database} to lena")
    ask_as(postgres, database, "lena", make.format("lenas"))
    postgres.run(database, make.format("administrators"))
    assert len(ask_as(postgres, database, "lena", "select * from lenas.everybody")) == 6
    own = {"client-1", "client-4"}
    for relation in ("lenas.everybody", "administrators.everybody", "administrators.everybody_too()"):
        assert {client for (client,) in ask_as(postgres, database, "ann", f"select * from {relation}")} == own, relation
    assert ask_as(postgres, database, "ann", "select * from lenas.everybody_too()") == []  # policies of lena's group
    assert postgres.run(database, "select * from marts.dim_clients") == []  # the administrator is nobody of access.toml


def test_the_planners_statistics_are_hidden(postgres: PostgresServer, database: str) -> None:
    postgres.run(database, "analyze")
    hidden = "select tablename from pg_stats where schemaname in ('marts_data', 'ops_data', 'rights')"
    assert ask_as(postgres, database, "ann", hidden) == []
    assert postgres.run(database, hidden)  # there is something to hide


def test_no_view_forgets_its_readers_rights_and_no_base_table_its_policies(
    postgres: PostgresServer, database: str
) -> None:
    careless = postgres.run(
        database,
        f"""select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in {(*SCHEMAS, *DATA)} and ((c.relkind = 'r' and not c.relrowsecurity)
            or (c.relkind = 'v' and not 'security_invoker=true' = any(coalesce(c.reloptions, '{{}}'))))""",
    )
    assert careless == []


def test_somebody_who_leaves_loses_everything_at_the_next_publication(
    postgres: PostgresServer, database: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, url_of_publisher(postgres, database))
    access = (home / "access.toml").read_text(encoding="utf-8")
    people = {**PEOPLE, "ann": ("am", "am-3")}
    del people["dora"]
    try:
        write_access(home, people)
        outcome: Outcome = publish(load_settings(home))
        assert not outcome.is_new
        assert outcome.notes == ("6 logins read it, as access.toml says",)
        assert ask_as(postgres, database, "dora", "select * from marts.dim_clients") == []
        assert ask_as(postgres, database, "ann", "select client_id from marts.dim_clients") == [("client-3",)]
    finally:
        (home / "access.toml").write_text(access, encoding="utf-8")
        publish(load_settings(home))
    assert len(ask_as(postgres, database, "dora", "select * from marts.dim_clients")) == 4


def test_a_login_whose_group_nobody_granted_is_named(
    postgres: PostgresServer, database: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, url_of_publisher(postgres, database))
    postgres.run(database, "revoke tenure_am from newcomer")
    try:
        assert publish(load_settings(home)).notes == (
            "newcomer reads nothing yet: an administrator must grant tenure_am (--print-roles)",
        )
    finally:
        postgres.run(database, "grant tenure_am to newcomer")
    assert publish(load_settings(home)).notes == ()
