"""Exported files: what finance gets adds up to the marts, what an account manager gets is theirs and nothing else."""

import datetime as dt
import json
import re
import zipfile
from functools import partial
from pathlib import Path

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest

from pipelines.exports import sheets as sheets_module
from pipelines.exports.files import MANIFEST, whole
from pipelines.exports.kinds import Kind
from pipelines.exports.verify import Status, verify
from pipelines.exports.write import write_exports
from pipelines.release.files import sha256_of_file
from pipelines.serving.principal import Principal
from pipelines.serving.release import open_release
from tests.unit.exports.seven_clients import (
    AM1,
    MANAGERS,
    META,
    MONTHS,
    NAMES,
    NOBODY,
    OWNERS,
    STEM,
    cells_of_database,
    sheets,
)


def test_every_mart_is_a_parquet_file_with_its_rows_and_exact_types(published: Path, out: Path) -> None:
    with duckdb.connect(str(published / "current" / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by all"
        ).fetchall()
        assert [path.stem for path in sorted((out / "parquet").iterdir())] == [name for (name,) in tables]
        for (name,) in tables:
            mart = connection.sql(f"select * from marts.{name} order by all").to_arrow_table()
            assert pq.read_table(out / "parquet" / f"{name}.parquet").equals(mart), name


def test_foot_and_cover_say_the_sums_of_the_marts(published: Path, out: Path) -> None:
    book = sheets(out / "finance.xlsx")
    with duckdb.connect(str(published / "current" / "warehouse.duckdb"), read_only=True) as connection:
        revenue = connection.execute("select sum(revenue_cc), sum(revenue_reported) from marts.fct_revenue").fetchone()
        arr = connection.execute("select sum(arr_cc) from marts.fct_arr group by month order by month").fetchall()
    assert revenue is not None
    assert book["Revenue"][-1] == ["Total", "", "", "", *map(float, revenue)]
    assert book["ARR by client"][0] == ["Client id", "Client", *MONTHS]
    assert book["ARR by client"][-1] == ["Total", "", *(float(total) for (total,) in arr)]
    cover = {(row[0], row[1]): row[2] for row in book["Cover"] if row[2] != ""}
    assert cover["Revenue", "Revenue, reported"] == float(revenue[1])
    assert cover["ARR by client", "2026-02"] == float(arr[1][0])
    assert next(row[3] for row in book["Cover"] if row[0] == "Revenue") == len(NAMES) * len(MONTHS)
    facts = {row[0]: row[1] for row in book["Cover"]}
    assert facts["Data as of"] == META.as_of_on
    assert facts["Constant currency: rates of"] == META.fx_baseline_on
    assert (facts["Release"], facts["Currency"]) == (META.release_id, "USD")
    assert "Net revenue retention" in facts


def test_cells_are_typed_and_only_the_twelve_month_window_is_there(out: Path) -> None:
    header, *rows = sheets(out / "finance.xlsx")["Retention"]
    first = dict(zip(header, rows[0], strict=True))
    assert [row[1] for row in rows] == ["company", "account manager", "account manager"]
    assert (first["Month"], first["NRR, constant"], first["GRR, reported"]) == (dt.date(2026, 3, 1), 1.01234567, "")
    assert sheets(out / "finance.xlsx")["Churn"][1][-1] is False
    with zipfile.ZipFile(out / "finance.xlsx") as parts:
        sheet, styles = parts.read("xl/worksheets/sheet2.xml").decode(), parts.read("xl/styles.xml").decode()
        kinds = re.findall('state="(.*?)"', parts.read("xl/workbook.xml").decode())
    assert 'state="frozen"' in sheet and "<autoFilter" in sheet and 'customWidth="1"' in sheet
    assert "mmm\\ yyyy" in styles or "mmm yyyy" in styles
    assert kinds == ["veryHidden"]


def test_no_text_is_a_formula_and_none_is_changed(out: Path) -> None:
    header, *rows = sheets(out / "finance.xlsx")["Movements"]
    at = header.index("Client")
    assert {row[1]: row[at] for row in rows[:-1] if row[1]} == NAMES | {"c6": "Line\nbreak"}
    header, *rows = sheets(out / "finance.xlsx")["Churn"]
    assert [row[header.index("Reason")] for row in rows[:-1]] == [f"<r>about {client}</r>" for client in NAMES]
    with zipfile.ZipFile(out / "finance.xlsx") as parts:
        formulas = [
            formula
            for part in parts.namelist()
            if part.startswith("xl/worksheets/")
            for formula in re.findall("<f>(.*?)</f>", parts.read(part).decode())
        ]
        assert 'quotePrefix="1"' in parts.read("xl/styles.xml").decode()
    assert formulas
    assert all(re.fullmatch(r"SUM\(([A-Z]+)2:\1\d+\)", formula) for formula in formulas)


def test_an_extract_holds_all_of_the_managers_clients_and_no_others(out: Path) -> None:
    own = {client for client, am in OWNERS.items() if am == "am1"}
    marts = cells_of_database(out / "extracts" / "am1.duckdb")
    about_clients = {name: rows for name, rows in marts.items() if rows and "client_id" in rows[0]}
    assert {name: {row["client_id"] for row in rows} for name, rows in about_clients.items()} == dict.fromkeys(
        ["dim_clients", "fct_arr", "fct_arr_movements", "fct_churn", "fct_revenue"], own
    )
    book = sheets(out / "extracts" / "am1.xlsx")
    assert {row[0] for row in book["Clients"][1:-1]} == own
    assert {row[1] for row in book["Retention"][1:]} == {"account manager"}
    del book["tenure_seals"]  # hashes, in which any letters may follow each other
    rows = [
        *(row.values() for table in marts.values() for row in table),
        *(row for sheet in book.values() for row in sheet),
    ]
    texts = {cell for row in rows for cell in row if isinstance(cell, str)}
    others = NAMES.keys() - own
    assert not texts & {NAMES[client] for client in others}
    assert not [text for text in texts for word in (*others, "Manager 2", "am2") if word in text]
    nothing = cells_of_database(out / "extracts" / f"{STEM}.duckdb")
    assert nothing.keys() == marts.keys()
    assert not any(nothing.values())
    assert verify(out / "extracts" / f"{STEM}.xlsx").status is Status.INTACT


def test_every_file_is_intact_and_the_manifest_has_its_seals(out: Path) -> None:
    files = json.loads((out / MANIFEST).read_text())["files"]
    assert len(files) == 8 + 1 + 2 * len(MANAGERS)
    for file in files:
        assert verify(out / file["path"]).status is Status.INTACT, file["path"]
        assert file["sha256"] == sha256_of_file(out / file["path"])
    (movements,) = [
        table for file in files for table in file["tables"] if table["table"] == "Movements" and table["rows"] == 8
    ]
    assert movements["totals"]["Change, constant"] == "7"


def test_the_same_release_gives_the_same_files(published: Path, out: Path, tmp_path: Path) -> None:
    write_exports(partial(open_release, published / "current"), tmp_path, META, MANAGERS)
    one, two = (json.loads((folder / MANIFEST).read_text())["files"] for folder in (out, tmp_path))
    assert [(file["path"], file["content_sha256"]) for file in one] == [
        (file["path"], file["content_sha256"]) for file in two
    ]
    for file in one:
        if not file["path"].endswith(".duckdb"):  # DuckDB samples for its statistics
            assert sha256_of_file(out / file["path"]) == sha256_of_file(tmp_path / file["path"]), file["path"]


def test_a_failed_write_leaves_the_file_before_and_no_half_of_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(ZeroDivisionError), whole(path) as draft:
        draft.write_text("half")
        raise ZeroDivisionError
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("file", "before")]


def test_what_an_export_that_was_killed_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / ".file.1.tmp").write_text("half")
    with whole(tmp_path / "file") as draft:
        draft.write_text("all")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("file", "all")]


def test_who_left_has_no_extract_any_more(published: Path, tmp_path: Path) -> None:
    def export(*managers: Principal) -> None:
        write_exports(
            partial(open_release, published / "current"), tmp_path, META, managers, {Kind.EXTRACTS}
        )  # fmt: skip

    (tmp_path / "mine.txt").write_text("not of an export")
    export(AM1, NOBODY)
    export(NOBODY)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        f"{STEM}.duckdb", f"{STEM}.xlsx", MANIFEST, "mine.txt",
    ]  # fmt: skip


def test_what_only_exchange_rates_moved_is_one_row_a_month_with_the_sums_of_the_mart(out: Path) -> None:
    header, *rows = sheets(out / "finance.xlsx")["Movements"]
    (rates,) = [row for row in rows if row[header.index("Movement")] == "fx_only"]
    assert rates[:3] == [MONTHS[2], "", "Exchange rates only, clients: 7"]
    assert rates[header.index("Exchange rates, reported")] == 14
    assert rows[-1][header.index("Exchange rates, reported")] == 14


def test_workbooks_hold_the_last_months_and_parquet_all(out: Path, published: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    warehouse.write_bytes((published / "current" / "warehouse.duckdb").read_bytes())
    with duckdb.connect(str(warehouse)) as connection:
        for table in ("fct_arr_movements", "fct_revenue"):
            for years in (1, 2):
                connection.execute(
                    f"""insert into marts.{table} select * replace (month - interval {years} year as month)
                    from marts.{table} where month = date '2026-03-01'"""
                )
    write_exports(partial(open_release, warehouse), tmp_path / "out", META)
    for name, table in {"Movements": "fct_arr_movements", "Revenue": "fct_revenue"}.items():
        rows = sheets(tmp_path / "out" / "finance.xlsx")[name][1:-1]
        assert min(row[0] for row in rows) == dt.date(2025, 3, 1)
        assert min(pq.read_table(tmp_path / "out" / "parquet" / f"{table}.parquet")["month"].to_pylist()).year == 2024


def test_a_workbook_whose_table_is_too_long_is_left_out_and_said(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets_module, "MOST_ROWS", 20)
    written = write_exports(partial(open_release, published / "current"), tmp_path, META, MANAGERS)
    (error,) = written.left_out
    assert "21 rows are too many for the worksheet 'Revenue'" in error.what
    names = {path.name for path in written.paths}
    assert "finance.xlsx" not in names
    assert {"fct_arr.parquet", "am1.duckdb", "am1.xlsx", MANIFEST} <= names
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith((".", "finance"))]


def test_headings_are_words_and_every_sum_fits_its_column(out: Path) -> None:
    for name in ("finance.xlsx", "extracts/am1.xlsx"):
        book = openpyxl.load_workbook(out / name)
        totals = {(row[0], row[1]): row[2] for row in sheets(out / name)["Cover"] if isinstance(row[2], float)}
        assert len(totals) > 15
        for sheet in book.worksheets[1:-1]:
            headings = [cell.value for cell in sheet[1]]
            assert not [heading for heading in headings if "_" in str(heading)]
            assert len(set(headings)) == len(headings)
            widths = {
                at: shown.width for shown in sheet.column_dimensions.values() for at in range(shown.min, shown.max + 1)
            }
            for at, heading in enumerate(headings, start=1):
                total = totals.get((sheet.title, f"{heading:%Y-%m}" if isinstance(heading, dt.date) else heading), 0)
                assert widths[at] > len(f"{total:,.2f}")


def test_what_says_of_whom_a_row_is_stays_in_view(out: Path) -> None:
    book = openpyxl.load_workbook(out / "finance.xlsx")
    assert {sheet.title: sheet.freeze_panes for sheet in book.worksheets if sheet.freeze_panes} == {
        "Retention": "D2", "Waterfall constant": "B2", "Waterfall reported": "B2", "ARR by client": "C2",
        "Movements": "D2", "Churn": "D2", "Revenue": "D2",
    }  # fmt: skip
