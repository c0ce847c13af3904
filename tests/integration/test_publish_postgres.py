"""`tenure publish-postgres` on a real server: exact, all or nothing, in nobody's way; administrators lose nothing."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import UserError
from pipelines.postgres.publish import publish
from pipelines.settings import Settings, load_settings
from tests.postgres import PostgresServer
from tests.postgres_home import (
    GROUPS,
    PASSWORD,
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
from tests.small_company import command, environment

PEOPLE: dict[str, tuple[str, str | list[str] | None]] = {"lena": ("leadership", None), "ann": ("am", "am-1")}
NAMES = ["'); drop table meta; --", 'He said "x"\t\\N\r\n\\.', "=1+1", "Müller & Söhne 𝔘\u202e", "", "NUL\0here", None]


def numbers(number: int, more: str = "") -> Any:
    """A release in which every table says that it is release `number`; `more` SQL runs on it."""

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"""
            create schema marts; create schema ops; create schema policy;
            create table marts.dim_clients as select 'c' || i as client_id, 'Client ' || i as client_name,
                'am-1' as am_id, 'Health' as industry, {number} as arr_cc from range({number}) as t(i);
            create table marts.fct_arr as select 'c' || i as client_id, date '2026-01-01' as month,
                cast({number} as decimal(18, 2)) as arr_cc from range(1000) as t(i);
            create table marts.rpt_kpis as select 'am-1' as am_id, 'nps' as kpi, cast({number} as bigint) as value;
            create table ops.publications as select {number} as number;
            create table policy.parameters as select 'x' as parameter, cast({number} as decimal(18, 6)) as value;
            {more}""")

    return fill


SEEN = """select (select release_id from ops.meta), (select count(*) from marts.dim_clients),
    (select min(arr_cc) from marts.dim_clients), (select sum(arr_cc) from marts.fct_arr) / 1000,
    (select max(value) from marts.rpt_kpis), (select max(number) from ops.publications),
    (select max(value) from policy.parameters)"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_settings(tmp_path / "home")
    write_access(tmp_path / "home", PEOPLE)
    return tmp_path / "home"


@pytest.fixture
def database(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = database_of_publisher(postgres)
    for login, (role, _) in PEOPLE.items():
        make_login(postgres, login, f"tenure_{role}")
    monkeypatch.setenv(VARIABLE, url_of_publisher(postgres, name))
    yield name


def put(home: Path, number: int, more: str = "") -> str:
    """Make release `number` and copy it; its id."""
    release_id = write_release(home, number, numbers(number, more))
    assert publish(load_settings(home)).is_new
    return release_id


def patient_settings(home: Path) -> Settings:
    settings = load_settings(home)
    patient = settings.postgres.model_copy(update={"retries": 50, "lock_timeout_seconds": 5.0})
    return settings.model_copy(update={"postgres": patient})


def seen(postgres: PostgresServer, database: str, login: str = "lena") -> tuple[Any, ...]:
    return ask_as(postgres, database, login, SEEN)[0]


def all_of(release_id: str, number: int) -> tuple[Any, ...]:
    return (release_id, *[number] * 6)


def test_every_value_arrives_as_it_is(postgres: PostgresServer, database: str, home: Path) -> None:
    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("""create schema marts; create table marts.dim_clients (
            client_id varchar, client_name varchar, am_id varchar, "a ""quoted"" column; --" varchar,
            arr_cc decimal(18, 2), nrr_cc decimal(28, 8), points decimal(38, 12), rate decimal(4, 4),
            rows bigint, days integer, small smallint, first_on date, opened_at timestamp, is_active boolean,
            months integer[])""")
        extremes: list[tuple[Any, ...]] = [
            ("9999999999999999.99", "-99999999999999999999.99999999", "0.25", "0.0001",
             2**63 - 1, -(2**31), 32767, "0001-01-01", "2026-01-31 23:59:59.999999", True, [1, None]),
            ("-0.01", "0.00000001", "-99999999999999999999999999.999999999999", "0",
             -(2**63), 0, -1, "9999-12-31", "0001-01-01 00:00:00", False, []),
            (None,) * 11,
        ]  # fmt: skip
        for number, name in enumerate(NAMES):
            row = (f"c{number}", name, "am-1", name, *extremes[number % 3])
            connection.execute(f"insert into marts.dim_clients values ({', '.join('?' * len(row))})", row)

    write_release(home, 1, fill)
    outcome = publish(load_settings(home))
    assert (outcome.rows, outcome.tables) == (len(NAMES), 1)
    with duckdb.connect(str(home / "current" / "warehouse.duckdb"), read_only=True) as release:
        wanted = release.execute("select * replace (replace(client_name, chr(0), '␀') as client_name)"
                                 " from marts.dim_clients").fetchall()  # fmt: skip
    wanted = [tuple("NUL␀here" if cell == "NUL\0here" else cell for cell in row) for row in wanted]
    found = ask_as(postgres, database, "lena", "select * from marts.dim_clients")
    assert in_order(found) == in_order(wanted)
    types = "select column_name, data_type, numeric_precision, numeric_scale from information_schema.columns"
    shown = ask_as(postgres, database, "lena", f"{types} where table_schema = 'marts' and data_type = 'numeric'")
    assert sorted(shown) == [("arr_cc", "numeric", 18, 2), ("nrr_cc", "numeric", 28, 8), ("points", "numeric", 38, 12),
                             ("rate", "numeric", 4, 4)]  # fmt: skip


def test_the_same_release_again_is_nothing_to_do_and_force_copies_it(
    postgres: PostgresServer, database: str, home: Path
) -> None:
    release_id = put(home, 1)
    about = "select release_id, as_of_on::text, reporting_currency, is_demo, copied_at from ops.meta"
    (before,) = ask_as(postgres, database, "ann", about)
    assert before[:4] == (release_id, "2026-01-30", "USD", False)
    again = publish(load_settings(home))
    assert str(again) == f"PostgreSQL has {release_id}, as of 2026-01-30: had it already: nothing to do"
    assert ask_as(postgres, database, "ann", about) == [before]
    assert publish(load_settings(home), is_forced=True).is_new
    assert ask_as(postgres, database, "ann", about)[0][4] > before[4]
    assert ask_as(
        postgres, database, "lena", "select row_count, totals from ops.meta_tables where table_name = 'fct_arr'"
    ) == [(1000, {"arr_cc": "1000.00"})]


def test_a_copy_that_is_not_the_release_is_undone(postgres: PostgresServer, database: str, home: Path) -> None:
    first = put(home, 1)
    postgres.run(
        database,
        """create function public.bend() returns trigger language plpgsql as $$ begin
            new.arr_cc := new.arr_cc + case new.client_id when 'c7' then 0.01 else 0 end; return new; end $$""",
    )
    postgres.run(
        database,
        "create trigger bend before insert on marts_data.fct_arr for each row execute function public.bend()",
    )
    second = write_release(home, 2, numbers(2))
    with pytest.raises(UserError) as refused:
        publish(load_settings(home))
    assert "marts.fct_arr: sum of arr_cc 2000.00 in the release, 2000.01 in PostgreSQL" in str(refused.value)
    assert seen(postgres, database) == all_of(first, 1)
    postgres.run(database, "drop trigger bend on marts_data.fct_arr")
    publish(load_settings(home))
    assert seen(postgres, database) == all_of(second, 2)


def test_a_reader_keeps_the_release_its_transaction_began_with_and_nobody_waits(
    postgres: PostgresServer, database: str, home: Path
) -> None:
    first = put(home, 1)
    with closing(connect(postgres, database, "lena")) as reader:
        ask(reader, "begin isolation level repeatable read")
        assert ask(reader, "select release_id from ops.meta") == [(first,)]
        second = put(home, 2)  # would fail on a lock of the reader: it waits 0.2 s only
        assert ask(reader, SEEN) == [all_of(first, 1)]
        third = put(home, 3)
        assert ask(reader, SEEN) == [all_of(first, 1)]
        ask(reader, "commit")
        assert ask(reader, SEEN) == [all_of(third, 3)]
    assert len({first, second, third}) == 3


def test_who_holds_a_lock_is_named_and_waited_for(postgres: PostgresServer, database: str, home: Path) -> None:
    first, second = put(home, 1), write_release(home, 2, numbers(2))
    with closing(psycopg2.connect(postgres.url(database), application_name="vacuuming")) as holder:
        holder.cursor().execute("lock table marts_data.fct_arr in share mode")
        with pytest.raises(UserError) as refused:
            publish(load_settings(home))
        assert "(admin, vacuuming) holds marts_data.fct_arr" in str(refused.value)
        assert "canceling statement due to lock timeout" in str(refused.value)
        assert seen(postgres, database) == all_of(first, 1)
        threading.Timer(1.0, holder.rollback).start()
        assert publish(patient_settings(home)).is_new
    assert seen(postgres, database) == all_of(second, 2)


def test_two_publications_at_once_do_not_mix(postgres: PostgresServer, database: str, home: Path) -> None:
    write_release(home, 1, numbers(1))
    lock = "select pg_advisory_lock(hashtextextended('tenure publish-postgres', 0))"
    with closing(connect(postgres, database, "lena")) as other:
        ask(other, lock)
        with pytest.raises(UserError, match="another publication"):
            publish(load_settings(home))


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


@pytest.mark.slow
def test_a_publication_that_is_killed_leaves_the_release_before(
    postgres: PostgresServer, database: str, home: Path
) -> None:
    first = put(home, 1)
    second = write_release(home, 2, numbers(2))
    # Patient, so that it stands where it is killed: everything is copied, the last table is locked.
    text = (home / "tenure.toml").read_text().replace("lock_timeout_seconds = 0.2", "lock_timeout_seconds = 60")
    (home / "tenure.toml").write_text(text)
    with closing(psycopg2.connect(postgres.url(database))) as holder:
        holder.cursor().execute("lock table ops_data.meta in share mode")
        process = subprocess.Popen(
            command("publish-postgres", "--home", str(home)),
            env=environment(**{VARIABLE: os.environ[VARIABLE]}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and usename = 'publisher'"
        wait_until(lambda: postgres.run(database, waiting) == [(1,)])
        assert seen(postgres, database) == all_of(first, 1)
        process.send_signal(signal.SIGKILL)
        process.wait()
    gone = "select count(*) from pg_stat_activity where usename = 'publisher'"
    wait_until(lambda: postgres.run(database, gone) == [(0,)])
    assert seen(postgres, database) == all_of(first, 1)
    assert publish(load_settings(home)).is_new
    assert seen(postgres, database) == all_of(second, 2)


@pytest.mark.slow
def test_readers_see_the_old_release_or_the_new_one_through_ten_publications(
    postgres: PostgresServer, database: str, home: Path
) -> None:
    ids = {put(home, 1): 1}
    is_over, found, waits, errors = threading.Event(), [], [], []

    def poll(is_long: bool) -> None:
        try:
            read_on(is_long)
        except psycopg2.Error as error:
            errors.append(error)

    def read_on(is_long: bool) -> None:
        with closing(connect(postgres, database, "lena")) as reader:
            while not is_over.is_set():
                begun = time.perf_counter()
                if is_long:
                    ask(reader, "begin isolation level repeatable read")
                    (release_id,) = ask(reader, "select release_id from ops.meta")[0]
                    time.sleep(0.05)
                    found.append((release_id, *ask(reader, SEEN)[0][1:]))
                    ask(reader, "commit")
                else:
                    found.append(ask(reader, SEEN)[0])
                waits.append(time.perf_counter() - begun)

    pollers = [threading.Thread(target=poll, args=(is_long,)) for is_long in (False, True)]
    for poller in pollers:
        poller.start()
    try:
        for number in range(2, 12):
            # Each changes what the tables are, too: columns come, and with the next release they go.
            wide = ("marts.fct_arr", "marts.dim_clients", "marts.rpt_kpis") if number % 2 == 0 else ()
            more = ";".join(f"alter table {table} add column extra integer" for table in wide)
            release_id = write_release(home, number, numbers(number, more))
            ids[release_id] = number
            assert publish(patient_settings(home)).is_new
    finally:
        is_over.set()
        for poller in pollers:
            poller.join()
    assert errors == []
    assert all(row == all_of(row[0], ids[row[0]]) for row in found)
    assert len({row[0] for row in found}) >= 9, "the readers looked too rarely"
    assert max(waits) < 20


def wait_until(is_so: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
