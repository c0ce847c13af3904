"""`tenure publish-postgres` on a real server: exact, all or nothing, in nobody's way."""

import os
import signal
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest

from pipelines.errors import UserError
from pipelines.postgres.publish import publish
from pipelines.settings import load_settings
from tests.integration.publishing.releases import SEEN, all_of, numbers, patient_settings, put, seen, wait_until
from tests.postgres import PostgresServer
from tests.postgres_home import (
    VARIABLE,
    ask,
    ask_as,
    connect,
    in_order,
    write_release,
)
from tests.small_company import command, environment

NAMES = ["'); drop table meta; --", 'He said "x"\t\\N\r\n\\.', "=1+1", "Müller & Söhne 𝔘\u202e", "", "NUL\0here", None]


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
