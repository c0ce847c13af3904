"""Whoever an exported file is for finds the clients of the policy in it, all of them and no others.

What a text is about is told by the oracle of the views' own test, never by the rules under test.
"""

import io
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from pipelines.dashboards.meta import SiteMeta, read_meta
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.question import Question
from pipelines.dashboards.pages.registry import PAGES
from pipelines.dashboards.table_files import as_csv, as_xlsx
from pipelines.engine import CONFIG
from pipelines.exports.kinds import Kind
from pipelines.exports.sheets import manager_sheets
from pipelines.exports.tables import write_duckdb
from pipelines.exports.workbook import write_workbook
from pipelines.exports.write import write_exports
from pipelines.serving.principal import LEADERSHIP, Principal, Role
from pipelines.serving.release import Release, open_release
from pipelines.serving.rules import ABOUT_CLIENTS, rules
from pipelines.settings import PROJECT_ROOT
from tests.unit.exports.seven_clients import META, sheets
from tests.unit.serving.test_rights import (
    AMS,
    OWNERS,
    READERS,
    clients_and_ams,
    foreign_cells,
    foreign_words,
    manager,
    tables_of,
    warehouse,
)
from tests.warm import warm_refresher

__all__ = ["warehouse"]
REVOPS = Principal("Rev", Role.REVENUE_OPERATIONS)
# What the sheets ask for: the oracle's warehouse has the same word or number everywhere.
ASKED = """
    update marts.rpt_retention set window_months = 12;
    update marts.rpt_arr_waterfall set basis = 'cc';
    insert into marts.rpt_arr_waterfall select * replace ('reported' as basis) from marts.rpt_arr_waterfall;
"""


@pytest.fixture(scope="module")
def asked(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("asked") / "warehouse.duckdb"
    path.write_bytes(warehouse.read_bytes())
    with duckdb.connect(str(path), config=CONFIG) as connection:
        connection.execute(ASKED)
    return path


def write_extract(warehouse: Path, principal: Principal, folder: Path, meta: SiteMeta = META) -> tuple[Path, Path]:
    """The two files of one reader: as every release gets them for an account manager, the same for any other reader."""
    if principal.role is Role.ACCOUNT_MANAGER:
        paths = write_exports(partial(open_release, warehouse), folder, meta, [principal], {Kind.EXTRACTS}).paths
        return paths[0], paths[1]
    database, book = folder / "reader.duckdb", folder / "reader.xlsx"
    with open_release(warehouse, principal) as release:
        write_duckdb(release, database, meta)
        write_workbook(release, f"Clients of {principal.name}", manager_sheets(release), book, meta)
    return database, book


def foreign_in_extract(everything: Release, principal: Principal, database: Path, book: Path) -> list[str]:
    """Cells of both files that name a client or an AM of others."""
    with duckdb.connect(str(database), read_only=True, config=CONFIG) as connection:
        found = foreign_cells(everything, principal, Release(database, connection, principal))
    return found + foreign_in_book(everything, principal, sheets(book))


def foreign_in_book(everything: Release, principal: Principal, book: dict[str, list[list[Any]]]) -> list[str]:
    is_foreign = foreign_words(everything, principal)
    cells = ((name, cell) for name, rows in book.items() for row in rows for cell in row if isinstance(cell, str))
    return [f"{name}: {cell}" for name, cell in cells if is_foreign.search(cell)]


def clients_by_table(database: Path) -> dict[str, set[str]]:
    with duckdb.connect(str(database), read_only=True, config=CONFIG) as connection:
        about = [name for schema, name in tables_of(connection) if rules().of(schema, name).rows in ABOUT_CLIENTS]
        return {
            name: {
                client for (client,) in connection.execute(f'select distinct client_id from marts."{name}"').fetchall()
            }
            for name in about
        }


def clients_by_sheet(book: Path) -> dict[str, set[str]]:
    found = {}
    for name, (header, *rows) in sheets(book).items():
        if "Client id" in header:
            at = header.index("Client id")
            found[name] = {row[at] for row in rows if row[at] and row[0] != "Total"}
            found[name] -= {"Total"}
    return found


@pytest.mark.parametrize("principal", READERS, ids=lambda principal: principal.name)
def test_an_extract_names_all_own_clients_and_nobody_elses(asked: Path, tmp_path: Path, principal: Principal) -> None:
    database, book = write_extract(asked, principal, tmp_path)
    with open_release(asked) as everything:
        assert foreign_in_extract(everything, principal, database, book) == []
    own = {f"client-{number}" for number, am_id in OWNERS.items() if am_id in (principal.am_ids or ())}
    seen, listed = clients_by_table(database), clients_by_sheet(book)
    assert len(seen) >= 10 and seen == dict.fromkeys(seen, own)
    assert set(listed) == {"Clients", "ARR by client", "Movements", "Churn", "Revenue"}
    assert listed == dict.fromkeys(listed, own)
    segments = {row[3] for row in sheets(book)["Retention"][1:]}
    assert segments == {*own, *(principal.am_ids or ())} & ({*own, *AMS})
    assert ("rpt_promotion_readiness" in seen_tables(database)) == principal.may_see_promotion


def seen_tables(database: Path) -> set[str]:
    with duckdb.connect(str(database), read_only=True, config=CONFIG) as connection:
        return {name for _, name in tables_of(connection)}


def test_the_oracle_finds_others_in_every_table_and_sheet_of_one_who_sees_all(asked: Path, tmp_path: Path) -> None:
    """So the test above can fail."""
    database, book = write_extract(asked, REVOPS, tmp_path)
    with open_release(asked) as everything:
        found = {
            cell.split(":")[0].rsplit(".", 1)[0] for cell in foreign_in_extract(everything, READERS[0], database, book)
        }
    about = {f"marts.{name}" for name in seen_tables(database) if rules().of("marts", name).rows.value == "client"}
    assert len(about) >= 10 and about <= found
    assert {"Clients", "ARR by client", "Movements", "Churn", "Revenue", "Retention"} <= found


def test_finance_and_parquet_hold_every_client(asked: Path, tmp_path: Path) -> None:
    write_exports(partial(open_release, asked), tmp_path, META, kinds={Kind.PARQUET, Kind.WORKBOOK})
    everybody = {f"client-{number}" for number in OWNERS}
    listed = clients_by_sheet(tmp_path / "finance.xlsx")
    assert len(listed) == 4 and listed == dict.fromkeys(listed, everybody)
    with open_release(asked, LEADERSHIP) as everything:
        for schema, name in tables_of(everything.connection):
            if schema == "marts":
                rows = pq.read_table(tmp_path / "parquet" / f"{name}.parquet")
                assert rows.num_rows == everything.rows(f'select count(*) from marts."{name}"').item(), name


def downloads(release: Release, principal: Principal, meta: SiteMeta) -> Iterator[tuple[str, str]]:
    """Name and text of every file that the pages of a reader offer."""
    own = release.rows("select client_id from marts.dim_clients order by 1")["client_id"].to_list()
    for spec in PAGES:
        if spec.key == "explain":
            continue  # its table is the answer's own, which the tests of explanations look at
        for item in own if spec.path.endswith("/") else [""]:
            context = Context(release, Question(), meta.units, principal, meta.as_of_on, item=item)
            page = spec.build(context)
            for panel in (*page.panels, page.trust):
                if panel is None or (panel.table is None and panel.grid is None):
                    continue
                name = f"{spec.key} {item} {panel.key}"
                yield f"{name}.csv", as_csv(panel, meta).decode("utf-8-sig")
                book = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(panel, meta)))
                rows = [row for sheet in book.sheet_names for row in book.get_sheet_by_name(sheet).to_python()]
                yield f"{name}.xlsx", "\n".join(str(cell) for row in rows for cell in row)


@pytest.mark.slow
def test_no_file_of_a_real_build_names_anybody_elses_client(tmp_path: Path) -> None:
    """A release of a small random company: extracts of every AM and of a team, and every download of their pages."""
    home = tmp_path / "home"
    shutil.copytree(PROJECT_ROOT / "tests" / "golden" / "s_random" / "input", home / "inbox")
    with warm_refresher(tmp_path / "dagster") as refresh:
        outcome = refresh(home, as_of="2025-04-17")
    assert outcome.status == 0, outcome.message
    folder = (home / "current").resolve()
    with open_release(folder) as everything:
        meta = read_meta(everything, home)
        ams = sorted(clients_and_ams(everything)[1])
        readers = [*map(manager, ams), manager(*ams[:2])]
        own = 0
        for at, principal in enumerate(readers):
            files = write_extract(folder, principal, tmp_path / str(at), meta)
            assert foreign_in_extract(everything, principal, *files) == []
            own += len(clients_by_table(files[0])["dim_clients"])
            with open_release(folder, principal) as release:
                found = dict(downloads(release, principal, meta))
            is_foreign = foreign_words(everything, principal)
            assert len(found) > 10
            assert [name for name, text in found.items() if is_foreign.search(text)] == []
        everybodys = dict(downloads(everything, LEADERSHIP, meta))
        is_foreign = foreign_words(everything, readers[0])
        assert sum(bool(is_foreign.search(text)) for text in everybodys.values()) > 5, "the oracle finds nothing"
        assert own > 0
