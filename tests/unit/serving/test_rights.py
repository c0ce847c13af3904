"""What a limited reader sees: for every account manager and every table, nothing of anybody else's.

The release here has every published table and column, as the models and the audit declare them, filled so that each
text names the client and the account manager (AM) it is about. What a text is about is told by the columns of its table
alone, never by the rules under test.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from pipelines.audit.record import DDL, RESTATEMENTS_DDL
from pipelines.errors import UserError
from pipelines.landing import land
from pipelines.release.restatements.closes import DDL as CLOSES_DDL
from pipelines.serving.principal import LEADERSHIP, Principal, Role
from pipelines.serving.query import ask
from pipelines.serving.release import Release, open_release
from pipelines.serving.rendering import as_table
from pipelines.serving.rules import ABOUT_CLIENTS, rules
from pipelines.serving.source import Source
from pipelines.settings import PROJECT_ROOT, load_settings
from pipelines.terminal.shell.completion import SqlCompleter
from pipelines.terminal.shell.session import Session
from pipelines.warehouse import build
from pipelines.warehouse.project import manifest_path

PUBLISHED = ("marts", "ops", "policy")
AMS = ("am-1", "am-2", "am-3")
# Of client 4 much was attributed to am-2 before am-1 took over; nobody owns client 6.
OWNERS = {1: "am-1", 2: "am-2", 3: "am-3", 4: "am-1", 5: "am-2", 6: None}
AN_AM = re.compile(r"(^|_)(am|owner|user)_id(_|$)")
A_COST = re.compile(r"margin|(^|_)cost(_|$)")
# Texts of ops that are made from rows of clients, in tables that have no column to say of which.
ABOUT_ANYBODY = {
    "file_name", "sha256", "observed", "message", "finding_key", "raw", "reason", "accepted_by", "fingerprint",
}  # fmt: skip
EVERYBODY = "create table everybody as select * from (values " + ", ".join(
    f"('client-{number}', 'Client {number} GmbH', '{am}', 'Manager {am}', {owner})"
    for number, owner_id in OWNERS.items()
    for am in AMS
    for owner in [f"'{owner_id}'" if owner_id else "null"]
)


def models() -> list[dict[str, Any]]:
    """Models and seeds of the dbt project, as its manifest has them."""
    nodes = json.loads(manifest_path().read_text(encoding="utf-8"))["nodes"].values()
    return [node for node in nodes if node["resource_type"] in {"model", "seed"}]


def columns_of(node: dict[str, Any]) -> dict[str, str]:
    """Data types by name of the columns of a model with a contract, or of a seed."""
    seeded = node["config"].get("column_types") or {}
    return {name: seeded.get(name) or column["data_type"] for name, column in node["columns"].items()}


def value(schema: str, columns: dict[str, str], column: str) -> str:
    """What stands in a column of the row of one client and one AM of `everybody`, as SQL."""
    keys = {
        "client_id": "client_id", "client_name": "client_name", "am_name": "am_name",
        "segment": "segment", "segment_value": "segment_value",
    }  # fmt: skip
    if column in keys and (column != "segment" or "segment_value" in columns):
        return keys[column]
    if AN_AM.search(column):
        return "am_id"
    if columns[column] != "varchar":
        return {"date": "date '2026-06-01'", "timestamp": "timestamp '2026-06-01'", "boolean": "true"}.get(
            columns[column], "7"
        )
    if "client_id" in columns:
        return "'about ' || client_name || ' (' || client_id || ')'"
    if "segment_value" in columns:
        return "'about ' || segment_value"
    if any(AN_AM.search(name) for name in columns):
        return "'about ' || am_name || ' (' || am_id || ')'"
    return "'about ' || client_name || ', ' || am_id" if schema == "ops" and column in ABOUT_ANYBODY else "'word'"


def fill(connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: dict[str, str]) -> None:
    segments = "(values ('company', 'all'), ('am', am_id), ('client', client_id), ('region', 'North'))"
    source = "everybody"
    if "segment_value" in columns:
        source += f", lateral (select * from {segments} as segments(segment, segment_value))"
    shown = ", ".join(f'cast({value(schema, columns, name)} as {kind}) as "{name}"' for name, kind in columns.items())
    connection.execute(f'insert into {schema}."{table}" select {shown} from {source}')


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rights") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(EVERYBODY + ") as t(client_id, client_name, am_id, am_name, owner)")
        connection.execute("create schema marts; create schema policy")
        connection.execute(DDL + RESTATEMENTS_DDL + CLOSES_DDL.replace("new_release.", ""))
        for node in models():
            if node["schema"] in PUBLISHED:
                described = ", ".join(f'"{name}" {kind}' for name, kind in columns_of(node).items())
                connection.execute(f"""create table {node["schema"]}."{node["alias"]}" ({described})""")
        for schema, table in tables_of(connection):
            rows = connection.execute(
                "select column_name, lower(data_type) from duckdb_columns() where schema_name = ? and table_name = ?",
                [schema, table],
            ).fetchall()
            fill(connection, schema, table, dict(rows))
        # The two tables whose rows are one client and one AM each.
        connection.execute("delete from marts.dim_clients where am_id is distinct from least(am_id, 'am-1')")
        connection.execute("""update marts.dim_clients set am_id = owner, am_name = 'Manager ' || owner
            from everybody where everybody.client_id = dim_clients.client_id""")
        connection.execute("drop table everybody")
    return path


def tables_of(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        """select table_schema, table_name from information_schema.tables
        where table_catalog = current_database() and table_schema not in ('main', 'rights') order by all"""
    ).fetchall()


def manager(*am_ids: str) -> Principal:
    role = Role.ACCOUNT_MANAGER if len(am_ids) == 1 else Role.DIRECTOR
    return Principal(" ".join(am_ids), role, frozenset(am_ids))


READERS = [manager("am-1"), manager("am-2"), manager("am-3"), manager("am-1", "am-2"), manager("am-9")]


@pytest.fixture(scope="module", params=READERS, ids=lambda principal: principal.name)
def reader(request: pytest.FixtureRequest, warehouse: Path) -> Iterator[tuple[Principal, Release]]:
    with open_release(warehouse, request.param) as release:
        yield request.param, release


def clients_and_ams(release: Release) -> tuple[dict[str, tuple[str, str | None]], dict[str, str]]:
    """Of a whole release: name and AM by client id, name by AM id."""
    clients = release.rows("select client_id, client_name, am_id from marts.dim_clients").rows()
    ams = release.rows("select am_id, am_name from marts.dim_account_managers group by all").rows()
    return {client: (name, am_id) for client, name, am_id in clients}, dict(ams)


def foreign_words(everything: Release, principal: Principal) -> re.Pattern[str]:
    """Ids and names of others' clients and their accounts, and of other AMs."""
    clients, ams = clients_and_ams(everything)
    accounts: dict[str, set[str]] = {}
    if everything.has_table("intermediate", "int_clients__by_account"):
        links = everything.rows("select client_id, account_id from intermediate.int_clients__by_account")
        for client, account in links.rows():
            accounts.setdefault(client, set()).add(account)
    own = principal.am_ids or frozenset()
    foreign = {am for am in ams if am not in own} | {name for am, name in ams.items() if am not in own}
    for client, (name, am_id) in clients.items():
        if am_id not in own:
            foreign |= {client, name} | accounts.get(client, set())
    # A name that an own client has too, or that is part of one, tells nothing of the other.
    kept = " | ".join(f"{client} | {name}" for client, (name, am_id) in clients.items() if am_id in own)
    words = [re.escape(name) for name in sorted(foreign, key=len, reverse=True) if name and name not in kept]
    return re.compile(r"(?<!\w)(?:" + "|".join(words) + r")(?!\w)")


def foreign_cells(everything: Release, principal: Principal, release: Release) -> list[str]:
    """Cells of `release` that name a client (or one of its accounts) or an AM of others: table, column and value."""
    is_foreign = foreign_words(everything, principal)
    found = []
    for schema, table in tables_of(release.connection):
        cursor = release.connection.execute(f'select * from {schema}."{table}"')
        names = [column[0] for column in cursor.description or []]
        texts: dict[str, set[Any]] = {name: set() for name in names}
        for row in cursor.fetchall():
            for name, cell in zip(names, row, strict=True):
                if isinstance(cell, str):
                    texts[name].add(cell)
        found += [
            f"{schema}.{table}.{name}: {text}" for name in names for text in texts[name] if is_foreign.search(text)
        ]
    return found


def test_no_cell_names_a_foreign_client_or_account_manager(warehouse: Path, reader: tuple[Principal, Release]) -> None:
    principal, release = reader
    with open_release(warehouse) as everything:
        assert foreign_cells(everything, principal, release) == []


def test_the_whole_release_is_full_of_others(warehouse: Path) -> None:
    """Without rules the test above finds something in every table that is about somebody: it can fail."""
    with open_release(warehouse) as everything:
        found = {cell.split(":")[0].rsplit(".", 1)[0] for cell in foreign_cells(everything, READERS[0], everything)}
        about = {
            f"{schema}.{table}"
            for schema, table in tables_of(everything.connection)
            if schema not in {"policy"} and rules().of(schema, table).rows.value not in {"open", "all_seers"}
        }
    assert len(about) >= 30
    assert about <= found
    assert {"ops.checks", "ops.load_files", "ops.findings", "ops.quarantine"} <= found


def test_the_own_clients_are_there_with_all_their_history(reader: tuple[Principal, Release]) -> None:
    principal, release = reader
    own = {f"client-{number}" for number, am_id in OWNERS.items() if am_id in (principal.am_ids or ())}
    of_clients = [
        f'{schema}."{table}"'
        for schema, table in tables_of(release.connection)
        if rules().of(schema, table).rows in ABOUT_CLIENTS
    ]
    assert len(of_clients) > 10
    seen = {table: set(release.rows(f"select client_id from {table}")["client_id"]) for table in of_clients}
    assert seen == dict.fromkeys(of_clients, own)


def test_a_client_that_changed_hands_is_the_new_managers_alone_and_the_former_one_is_not_named(
    warehouse: Path,
) -> None:
    moved = "select am_id from marts.fct_arr_movements where client_id = 'client-4' order by am_id nulls last"
    with open_release(warehouse, manager("am-1")) as new, open_release(warehouse, manager("am-2")) as old:
        assert new.rows(moved)["am_id"].to_list() == ["am-1", None, None]
        assert old.rows(moved).is_empty()
        kept = "select count(*) as rows from marts.rpt_retention where segment = 'am' and segment_value = 'am-2'"
        assert old.rows(kept).item() > 0


def test_segments_are_the_own_ones_and_company_figures_of_margins_need_enough_clients(warehouse: Path) -> None:
    with open_release(warehouse, manager("am-2")) as release:
        assert release.rows("select distinct segment, segment_value from marts.rpt_nps order by all").rows() == [
            ("am", "am-2"), ("client", "client-2"), ("client", "client-5"),
        ]  # fmt: skip
        assert release.rows("select distinct segment from marts.rpt_margins")["segment"].to_list() == ["company"]
        assert release.rows("select distinct am_id from marts.rpt_kpis")["am_id"].to_list() == ["am-2"]
        restated = release.rows("select distinct segment_value, client_id from ops.restatements order by all")
        assert set(restated["client_id"]) == {"client-2", "client-5"}
        assert set(restated["segment_value"]) == {"am-2", "client-2", "client-5"}


def test_a_company_margin_of_few_clients_is_hidden(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            create schema marts;
            create table marts.rpt_client_economics as select
                'client-' || i as client_id, month, if(i <= clients, 100, null) as costed_revenue_cc
            from range(1, 9) as numbers(i), (values (date '2026-05-01', 4), ('2026-06-01', 5)) as t(month, clients);
            create table marts.rpt_margins as
            select distinct month, 'company' as segment, 'all' as segment_value, 0.3 as margin_rate
            from marts.rpt_client_economics;
        """)
    with open_release(path, manager("am-1")) as release:
        assert release.rows("select month::varchar as month from marts.rpt_margins")["month"].to_list() == [
            "2026-06-01"
        ]


def test_costs_and_margins_of_clients_are_empty_and_keep_their_types(warehouse: Path) -> None:
    sql = "select cost_cc, margin_cc, margin_rate, savings_delivered_cc from marts.rpt_client_economics"
    with open_release(warehouse) as everything, open_release(warehouse, manager("am-1", "am-2")) as release:
        seen = release.rows(sql)
        assert seen.schema == everything.rows(sql).schema
        assert seen.height > 0
        assert set(seen.select("cost_cc", "margin_cc", "margin_rate").rows()) == {(None, None, None)}
        assert seen["savings_delivered_cc"].null_count() == 0


def test_promotion_readiness_is_the_directors_and_not_the_account_managers(warehouse: Path) -> None:
    with open_release(warehouse, manager("am-1")) as own, open_release(warehouse, manager("am-1", "am-2")) as team:
        assert not own.has_table("marts", "rpt_promotion_readiness")
        ids = team.rows("select distinct am_id from marts.rpt_promotion_readiness order by 1")["am_id"]
        assert ids.to_list() == ["am-1", "am-2"]


def test_has_table_tells_what_the_reader_sees(warehouse: Path) -> None:
    with open_release(warehouse, manager("am-1")) as release, open_release(warehouse, LEADERSHIP) as everything:
        for table in ("quarantine", "findings", "acceptances"):
            assert everything.has_table("ops", table)
            assert not release.has_table("ops", table)
        assert release.has_table("marts", "dim_clients")
        with pytest.raises(duckdb.CatalogException):
            release.rows("select * from ops.quarantine")


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('/etc/passwd')",
        "attach '/tmp/other.duckdb'",
        "load httpfs",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "set threads = 8",
        "copy marts.dim_clients to '/tmp/leak.csv'",
    ],
)
def test_the_connection_of_a_limited_reader_is_as_closed_as_every_other(warehouse: Path, statement: str) -> None:
    with open_release(warehouse, manager("am-1")) as release, pytest.raises(duckdb.Error):
        release.connection.execute(statement).fetchall()


@pytest.mark.parametrize("name", ["release", "warehouse", "memory.warehouse"])
def test_the_release_itself_has_no_name_to_guess(warehouse: Path, name: str) -> None:
    with open_release(warehouse, manager("am-1")) as release, pytest.raises(duckdb.Error):
        release.rows(f"select * from {name}.marts.dim_clients")


def test_an_id_may_hold_anything(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s "quoted"'
    folder.mkdir()
    am_id = "x') or true --\"'"
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts; create table marts.dim_clients (client_id varchar, am_id varchar)")
        connection.executemany("insert into marts.dim_clients values (?, ?)", [["'; drop", am_id], ["other", "am-2"]])
    with open_release(folder, manager(am_id)) as release:
        assert release.rows("select * from marts.dim_clients").rows() == [("'; drop", am_id)]


def test_every_published_table_has_a_rule_and_every_rule_a_table(warehouse: Path) -> None:
    with open_release(warehouse) as everything:
        published = set(tables_of(everything.connection))
    ruled = {(schema, table) for schema, named in rules().tables.items() for table in named}
    assert not published - ruled, f"say in tables.toml who sees {sorted(published - ruled)}"
    known = published | {(node["schema"], node["alias"]) for node in models()}
    assert not ruled - known, f"no such table: {sorted(ruled - known)}"


def test_a_table_without_a_rule_is_for_those_who_see_everything(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""create schema marts; create table marts.fct_new as select 'client-1' as client_id;
            create table marts.dim_clients as select 'client-1' as client_id, 'am-1' as am_id""")
    with open_release(path) as everything, open_release(path, manager("am-1")) as release:
        assert everything.has_table("marts", "fct_new")
        assert not release.has_table("marts", "fct_new")
        assert release.has_table("marts", "dim_clients")


def masks_needed(everything: Release) -> dict[str, str]:
    """The masks of columns of other people and of costs, told by the columns' names, in tables of clients' rows."""
    columns = everything.rows("select schema_name, table_name, column_name from duckdb_columns()").rows()
    names = {column for schema, table, column in columns if rules().of(schema, table).rows in ABOUT_CLIENTS}
    people = {name: "am" for name in names if AN_AM.search(name)}
    return people | {name: "margins" for name in names if A_COST.search(name)}


def test_every_column_of_a_manager_or_a_margin_is_masked_where_rows_are_of_clients(warehouse: Path) -> None:
    with open_release(warehouse) as everything:
        needed = masks_needed(everything)
        assert needed.items() <= rules().columns.items()
        assert {"am_id", "cost_cc", "margin_rate"} <= needed.keys()
        for schema, tables in rules().tables.items():
            for table, rule in tables.items():
                if rule.hidden and schema in PUBLISHED:
                    assert set(rule.hidden) <= set(everything.rows(f"select * from {schema}.{table} limit 0").columns)


@pytest.fixture(scope="module", params=READERS, ids=lambda principal: principal.name)
def writer(request: pytest.FixtureRequest, warehouse: Path) -> Iterator[tuple[Principal, Release]]:
    """A reader who writes their own SQL."""
    with open_release(warehouse, request.param, own_sql=True) as release:
        yield request.param, release


def test_who_writes_sql_finds_the_rows_that_the_pages_show(warehouse: Path, writer: tuple[Principal, Release]) -> None:
    principal, release = writer
    with open_release(warehouse) as everything, open_release(warehouse, principal) as reading:
        assert foreign_cells(everything, principal, release) == []
        shown = {key for key in reading.tables if key[0] in PUBLISHED}
        assert release.tables == shown
        for schema, table in shown:
            rows = f'select * from {schema}."{table}" order by all'
            assert release.rows(rows).equals(reading.rows(rows)), table


def told_by_the_database(release: Release) -> str:
    """All that the database's own functions say of themselves: databases, views, settings, files, logs."""
    functions = release.rows("""select distinct function_name from duckdb_functions()
        where function_type = 'table' and len(parameters) = 0""")["function_name"]
    told = []
    for function in functions:
        try:
            told.append(run_sql(release, f"select * from {function}()"))
        except UserError as error:
            told.append(str(error))
    assert len(told) > 20
    return "\n".join(told)


def run_sql(release: Release, statement: str) -> str:
    return as_table(ask(release, statement, limit=10_000))


def test_who_writes_sql_cannot_ask_the_database_for_more(warehouse: Path, writer: tuple[Principal, Release]) -> None:
    principal, release = writer
    told = told_by_the_database(release)
    with open_release(warehouse) as everything, open_release(warehouse, principal) as reading:
        is_foreign = foreign_words(everything, principal)
        # Of a page's connection the database tells where the release is: nobody's own SQL may be run on it.
        assert re.search(r"release_[0-9a-f]{16}", told_by_the_database(reading))
    assert not is_foreign.search(told)
    assert str(warehouse.parent) not in told and not re.search(r"release_[0-9a-f]{16}", told)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from ops.quarantine",
        "select * from rights.clients",
        "select * from intermediate.int_clients",
        "select * from '{warehouse}'",
        "select * from read_blob('{warehouse}')",
        "select * from glob('{folder}/*')",
        "attach '{warehouse}' as other",
        "select * from query('attach ''{warehouse}'' as other')",
        "select * from query_table('ops.quarantine')",
        "select getenv('HOME')",
        "set enable_external_access = true",
        "create view marts.mine as select 1",
        "with x as (delete from marts.dim_clients returning *) select * from x",
        "pragma database_list; select 1",
    ],
)
def test_who_writes_sql_cannot_leave_their_copy(warehouse: Path, statement: str) -> None:
    with open_release(warehouse, manager("am-1"), own_sql=True) as release, pytest.raises(UserError) as told:
        run_sql(release, statement.format(warehouse=warehouse, folder=warehouse.parent))
    assert "client-2" not in str(told.value)


def test_the_shell_of_a_limited_reader_lists_describes_and_completes_only_what_is_theirs(
    warehouse: Path, tmp_path: Path
) -> None:
    (tmp_path / "current").symlink_to(warehouse.parent)
    (tmp_path / "access.toml").write_text('[[people]]\nlogin = "ann"\nrole = "am"\nam_id = "am-1"\n', encoding="utf-8")
    shown: list[str] = []
    with (
        Session(Source(load_settings(tmp_path), "ann"), True, shown.append, shown.append) as session,
        open_release(warehouse) as everything,
    ):
        assert session.title.endswith("as ann sees it (am)")
        for command in (
            r"\d",
            r"\d marts",
            r"\d ops",
            r"\d dim_clients",
            "show all tables;",
            "from marts.dim_clients;",
        ):
            session.run(command)
        for hidden in ("ops.quarantine", "rights", "rpt_promotion_readiness", "staging", "int_clients"):
            with pytest.raises(UserError, match="no table or schema"):
                session.run(rf"\d {hidden}")
        completer = SqlCompleter(lambda: session.catalogue, session.commands, [])
        for typed in (
            "select * from ",
            "select ",
            "select * from ops.",
            "select q from ops.quarantine",
            "\\d ",
            "select n",
        ):
            asked = CompleteEvent(completion_requested=True)
            shown += [found.text for found in completer.get_completions(Document(typed), asked)]
        seen = "\n".join(shown)
        assert "client-1" in seen and "client-4" in seen and "marts.dim_clients" in seen
        assert not foreign_words(everything, manager("am-1")).search(seen)
        assert not re.search(
            r"\b(quarantine|findings|rpt_promotion_readiness|rpt_health_calibration|rights|intermediate|staging)\b",
            seen,
        )


@pytest.mark.slow
def test_nothing_foreign_is_seen_of_a_real_build_nor_of_what_explains_it(tmp_path: Path) -> None:
    """All models on a small random company, so that the tables behind the marts are there as well."""
    inbox = PROJECT_ROOT / "tests" / "golden" / "s_random" / "input"
    settings = load_settings(tmp_path, inbox=inbox, as_of="2025-04-17")
    land(settings, "run")
    folder = build(settings, tmp_path / "build", "run").build_dir
    with open_release(folder) as everything:
        assert masks_needed(everything) == rules().columns
        ams = clients_and_ams(everything)[1]
        assert len(ams) > 1
        found = dict.fromkeys(ams, 0)
        for am_id in ams:
            with open_release(folder, manager(am_id)) as release:
                assert foreign_cells(everything, manager(am_id), release) == []
                by_client = release.rows("select count(*) as rows from intermediate.int_service_events").item()
                by_account = release.rows("select count(*) as rows from staging.stg_action_items").item()
                found[am_id] = min(by_client, by_account)
        assert sum(found.values()) > 0
