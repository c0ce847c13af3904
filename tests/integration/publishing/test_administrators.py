"""What administrators added to the database stays; what somebody broke is whole again."""

from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import UserError
from pipelines.postgres.publish import publish
from pipelines.settings import load_settings
from tests.integration.publishing.releases import all_of, numbers, put, seen
from tests.postgres import PostgresServer
from tests.postgres_home import (
    GROUPS,
    ask,
    ask_as,
    connect,
    make_login,
    write_release,
)


@pytest.fixture
def administered(postgres: PostgresServer, database: str, home: Path) -> str:
    """Release 1 with what an administrator added to it: a grant, a policy, an index, a view; its id."""
    release_id = put(home, 1)
    make_login(postgres, "bi", "tenure_leadership")
    for statement in (
        "grant select on marts.dim_clients to bi with grant option",
        "grant select (kpi) on marts.rpt_kpis to bi",
        "create policy few on marts_data.dim_clients as restrictive for select to tenure_am using (client_id <> 'c0')",
        "create index on marts_data.fct_arr (client_id)",
        "create schema reports",
        "create view reports.clients with (security_invoker = true) as select client_id, client_name"
        " from marts.dim_clients",
        "grant usage on schema reports to lena",
        "grant select on reports.clients to lena",
    ):
        postgres.run(database, statement)
    return release_id


KEPT = """select has_table_privilege('bi', 'marts.dim_clients', 'select with grant option')
        and has_column_privilege('bi', 'marts.rpt_kpis', 'kpi', 'select'),
    (select count(*) from pg_policy where polname = 'few'),
    (select count(*) from pg_indexes where schemaname = 'marts_data' and tablename = 'fct_arr')"""


def columns(postgres: PostgresServer, database: str, table: str) -> list[str]:
    rows = postgres.run(
        database,
        f"""select column_name::text from information_schema.columns
        where table_schema = 'marts' and table_name = '{table}' order by ordinal_position""",
    )
    return [str(name) for (name,) in rows]


def test_new_columns_and_tables_come_and_nothing_of_the_administrators_goes(
    postgres: PostgresServer, database: str, home: Path, administered: str
) -> None:
    more = """create or replace table marts.dim_clients as select client_id, 7 as "new; column", * exclude (client_id)
            from marts.dim_clients;
        create table marts.rpt_okrs as select 'am-1' as am_id, 'x' as objective"""
    second = put(home, 2, more)
    assert columns(postgres, database, "dim_clients")[-1] == "new; column"  # behind those that views know
    assert ask_as(postgres, database, "ann", 'select "new; column" from marts.dim_clients') == [(7,)]  # without c0
    assert ask_as(postgres, database, "ann", "select * from marts.rpt_okrs") == [("am-1", "x")]
    assert len(ask_as(postgres, database, "lena", "select * from reports.clients")) == 2
    assert postgres.run(database, KEPT) == [(True, 1, 1)]
    assert seen(postgres, database) == all_of(second, 2)


def test_a_column_that_goes_stops_where_a_view_of_the_administrators_needs_it(
    postgres: PostgresServer, database: str, home: Path, administered: str
) -> None:
    without = "alter table marts.dim_clients drop column client_name"
    second = write_release(home, 2, numbers(2, without))
    with pytest.raises(UserError) as refused:
        publish(load_settings(home))
    assert "view reports.clients depends on view marts.dim_clients" in str(refused.value)
    assert "publish again" in str(refused.value)
    assert seen(postgres, database) == all_of(administered, 1)
    assert len(ask_as(postgres, database, "lena", "select client_name from reports.clients")) == 1

    postgres.run(database, "drop view reports.clients")
    publish(load_settings(home))
    assert seen(postgres, database) == all_of(second, 2)
    assert "client_name" not in columns(postgres, database, "dim_clients")
    assert postgres.run(database, KEPT) == [(True, 1, 1)]


@pytest.mark.slow
def test_a_column_changes_its_type_and_an_older_transaction_still_sees_its_own_rows(
    postgres: PostgresServer, database: str, home: Path
) -> None:
    put(home, 1)
    postgres.run(database, "grant select on marts.dim_clients to public")
    with closing(connect(postgres, database, "lena")) as reader:
        ask(reader, "begin isolation level repeatable read; select 1")
        put(home, 2, "alter table marts.dim_clients alter arr_cc type decimal(20, 3)")
        assert ask(reader, "select client_id, arr_cc from marts.dim_clients") == [("c0", None)]
        assert ask(reader, "select sum(arr_cc) from marts.fct_arr") == [(1000,)]
        ask(reader, "commit")
        found = ask(reader, "select arr_cc from marts.dim_clients")
    assert [str(value) for (value,) in found] == ["2.000", "2.000"]
    assert postgres.run(database, "select has_table_privilege('public', 'marts.dim_clients', 'select')") == [(True,)]


def test_a_table_that_a_release_has_no_more_is_gone_and_tables_of_others_stay(
    postgres: PostgresServer, database: str, home: Path
) -> None:
    put(home, 1, "create table marts.rpt_okrs as select 'am-1' as am_id")
    postgres.run(database, "create table marts.of_the_administrator (a int)")
    put(home, 2)
    there = postgres.run(database, "select relname::text from pg_class where relname ~ 'okrs|administrator'")
    assert there == [("of_the_administrator",)]


@pytest.mark.slow
def test_what_somebody_broke_is_whole_after_the_next_publication(
    postgres: PostgresServer, database: str, home: Path
) -> None:
    release_id = put(home, 1)
    for statement in (
        "drop view marts.rpt_kpis",
        "alter table marts_data.fct_arr disable row level security",
        "drop policy tenure_am on marts_data.dim_clients",
        "grant usage on schema marts_data to public",
    ):
        postgres.run(database, statement)
    outcome = publish(load_settings(home))
    assert outcome.is_new
    assert "schema marts_data was open to public and is closed again" in outcome.notes
    assert seen(postgres, database) == all_of(release_id, 1)
    assert seen(postgres, database, "ann")[1] == 1


@pytest.mark.slow
def test_the_demo_company_and_a_real_one_never_share_a_database(
    postgres: PostgresServer, database: str, home: Path
) -> None:
    put(home, 1)
    (home / ".demo").write_text("{}")
    with pytest.raises(UserError, match="holds a real company, and this home is of the demo company"):
        publish(load_settings(home), is_forced=True)


@pytest.mark.slow
def test_missing_groups_are_an_administrators_unless_the_publisher_may_make_them(
    postgres: PostgresServer, database: str, home: Path
) -> None:
    write_release(home, 1, numbers(1))
    for group in GROUPS:
        postgres.run("postgres", f"alter role {group} rename to away_{group}")
    try:
        with pytest.raises(UserError, match="PostgreSQL has no roles tenure_leadership, "):
            publish(load_settings(home))
        printed = CliRunner().invoke(app, ["publish-postgres", "--print-roles", "--home", str(home)])
        assert printed.exit_code == 0
        for _ in range(2):
            postgres.run(database, printed.output)
        assert publish(load_settings(home)).is_new
        assert seen(postgres, database, "ann")[1] == 1
        postgres.run(database, "drop schema marts, ops, policy, rights, marts_data, ops_data, policy_data cascade")
        for group in GROUPS:
            postgres.run(database, f"drop role {group}")
        postgres.run(database, "alter role publisher createrole")
        assert set(publish(load_settings(home)).notes) == {
            "created the roles tenure_leadership, tenure_revops, tenure_director, tenure_am",
            "2 logins read it, as access.toml says",
            "ann is now a member of tenure_am",
            "lena is now a member of tenure_leadership",
        }
        assert seen(postgres, database, "ann")[1] == 1
        postgres.run(database, f"drop owned by {', '.join(GROUPS)}")
        for group in GROUPS:
            postgres.run(database, f"drop role {group}")
    finally:
        postgres.run("postgres", "alter role publisher nocreaterole")
        for group in GROUPS:
            postgres.run("postgres", f"alter role away_{group} rename to {group}")
