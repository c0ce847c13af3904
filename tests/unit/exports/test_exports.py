"""Exported files: what finance gets adds up to the marts, what an account manager gets is theirs and nothing else."""

import datetime as dt
import json
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.dashboards.meta import SiteMeta
from pipelines.dashboards.site import file_stem
from pipelines.errors import UserError
from pipelines.exports import workbook
from pipelines.exports.files import MANIFEST, whole
from pipelines.exports.verify import Status, verify
from pipelines.exports.write import Kind, write_exports
from pipelines.release.files import sha256_of_file
from pipelines.serving.principal import Principal, Role
from pipelines.serving.release import open_release

NAMES = {
    "c1": '=HYPERLINK("http://x.test","pay")', "c2": "+Plus & <Minus>", "c3": "@at", "c4": "-4", "c5": "\tTab_x0041_ ",
    "c6": "Line\r\nbreak", "c7": "7",
}  # fmt: skip
OWNERS = {"c1": "am1", "c2": "am2", "c3": "am1", "c4": "am2", "c5": "am1", "c6": "am2", "c7": None}
MONTHS = [dt.date(2026, month, 1) for month in range(1, 4)]
META = SiteMeta(
    "2026-04-01T0300-abc", dt.date(2026, 3, 31), "USD", dt.date(2025, 12, 31), dt.datetime(2026, 4, 1, 3, tzinfo=dt.UTC)
)
TABLES = """
    create schema marts; create schema staging;
    create table staging.stg_run as
        select date '2026-03-31' as as_of_on, 'USD' as reporting_currency, date '2025-12-31' as fx_baseline_on;
    create table marts.dim_clients (
        client_id varchar, client_name varchar, industry varchar, country varchar, region varchar,
        billing_currency varchar, tier varchar, am_id varchar, am_name varchar, arr_cc decimal(18, 2),
        annual_revenue_cc decimal(18, 2), first_revenue_month date, churned_month date, health_score integer,
        health_band varchar);
    create table marts.dim_account_managers as
        select 'am' || i as am_id, 'Manager ' || i as am_name, 'm' || i || '@x.test' as email, 'EMEA' as region,
            true as is_active from range(1, 3) as t(i);
    create table marts.fct_arr (
        client_id varchar, month date, currency varchar, arr_cc decimal(18, 2), arr_reported decimal(18, 2));
    create table marts.fct_arr_movements (
        client_id varchar, month date, movement_type varchar, am_id varchar, tier varchar,
        start_arr_cc decimal(18, 2), end_arr_cc decimal(18, 2), change_cc decimal(18, 2),
        start_arr_reported decimal(18, 2), end_arr_reported decimal(18, 2), change_reported decimal(18, 2),
        fx_effect_reported decimal(18, 2));
    create table marts.fct_churn (
        client_id varchar, month date, am_id varchar, churned_arr_cc decimal(18, 2), churn_category varchar,
        churn_reason varchar, band_3_months_before varchar, is_surprise boolean);
    create table marts.fct_revenue (
        client_id varchar, month date, revenue_type varchar, revenue_cc decimal(18, 2),
        revenue_reported decimal(18, 2));
    create table marts.rpt_arr_waterfall as
        select date '2026-03-01' as month, unnest(['cc', 'reported']) as basis, segment, segment_value,
            cast(100.5 as decimal(18, 2)) as start_arr, cast(10 as decimal(18, 2)) as new_arr,
            cast(0 as decimal(18, 2)) as reactivation_arr, cast(5 as decimal(18, 2)) as expansion_arr,
            cast(-2 as decimal(18, 2)) as contraction_arr, cast(-3 as decimal(18, 2)) as churn_arr,
            cast(0 as decimal(18, 2)) as transfer_arr, cast(0 as decimal(18, 2)) as fx_effect,
            cast(110.5 as decimal(18, 2)) as end_arr
        from (values ('company', 'all'), ('am', 'am1'), ('am', 'am2')) as t(segment, segment_value);
    create table marts.rpt_retention as
        select month, unnest([3, 12]) as window_months, segment, segment_value, 7 as clients_start,
            1 as clients_churned,
            start_arr as start_arr_cc, expansion_arr as expansion_cc, contraction_arr as contraction_cc,
            churn_arr as churn_cc, end_arr as end_arr_cc, cast(1.01234567 as decimal(28, 8)) as nrr_cc,
            cast(0.9 as decimal(28, 8)) as grr_cc, start_arr as start_arr_reported, end_arr as end_arr_reported,
            cast(1 as decimal(28, 8)) as nrr_reported, cast(null as decimal(28, 8)) as grr_reported,
            cast(1.5 as decimal(28, 8)) as fx_effect_pp, cast(0.1 as decimal(28, 8)) as logo_churn_rate,
            cast(0.1 as decimal(28, 8)) as revenue_churn_rate, cast(0.1 as decimal(28, 8)) as expansion_rate
        from marts.rpt_arr_waterfall where basis = 'cc';
"""
AM1 = Principal("Ann", Role.ACCOUNT_MANAGER, frozenset({"am1"}))
NOBODY = Principal("New", Role.ACCOUNT_MANAGER, frozenset({"am/9"}))
STEM = file_stem("am/9")
MANAGERS = (AM1, NOBODY)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose current release was made by hand; `access.toml` names AM1 and NOBODY."""
    home = tmp_path_factory.mktemp("exports")
    (home / "current").mkdir()
    with duckdb.connect(str(home / "current" / "warehouse.duckdb")) as connection:
        connection.execute(TABLES)
        for number, (client, name) in enumerate(NAMES.items(), start=1):
            am, arr = OWNERS[client], Decimal(f"{number}00.1{number}")
            facts = {
                "dim_clients": [
                    client, name, "Health", "US", "EMEA", "USD", "tail", am, am and f"Manager {am[-1]}", arr, arr,
                    MONTHS[0], None, 50, "green",
                ],
                "fct_churn": [client, MONTHS[2], am, arr, f"about {client}", None, None, number % 2 == 0],
            }  # fmt: skip
            rows = [
                *facts.items(),
                *(("fct_arr", [client, month, "USD", arr + month.month, arr]) for month in MONTHS),
                *(("fct_revenue", [client, month, "recurring", arr / 12, arr]) for month in MONTHS),
                ("fct_arr_movements", [client, MONTHS[1], "expansion", am, "tail", arr, arr, 1, arr, arr, 1, 0]),
            ]
            for table, row in rows:
                connection.execute(f"insert into marts.{table} values ({', '.join('?' * len(row))})", row)
    manifest = {"release_id": META.release_id, "published_at": "2026-04-01T03:00:00Z"}
    (home / "current" / "manifest.json").write_text(json.dumps(manifest))
    people = ('login = "Ann"\nrole = "am"\nam_id = "am1"', 'login = "New"\nrole = "am"\nam_id = "am/9"')
    (home / "access.toml").write_text("".join(f"[[people]]\n{person}\n" for person in people))
    return home


@pytest.fixture(scope="module")
def out(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    paths = write_exports(lambda who: open_release(home / "current", who), folder, META, MANAGERS)
    assert paths[-1] == folder / MANIFEST
    assert sorted(paths) == sorted(path for path in folder.rglob("*") if path.is_file())
    return folder


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def cells_of_database(path: Path) -> dict[str, list[dict[str, Any]]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
        return {name: connection.sql(f"select * from marts.{name}").pl().to_dicts() for (name,) in names}


def copy_with(source: Path, target: Path, change: Callable[[str, str], str]) -> Path:
    """The workbook with the XML of each part as `change(part, text)` has it."""
    with zipfile.ZipFile(source) as parts, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as changed:
        for part in parts.namelist():
            changed.writestr(part, change(part, parts.read(part).decode()))
    return target


def test_every_mart_is_a_parquet_file_with_its_rows_and_exact_types(home: Path, out: Path) -> None:
    with duckdb.connect(str(home / "current" / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by all"
        ).fetchall()
        assert [path.stem for path in sorted((out / "parquet").iterdir())] == [name for (name,) in tables]
        for (name,) in tables:
            mart = connection.sql(f"select * from marts.{name} order by all").to_arrow_table()
            assert pq.read_table(out / "parquet" / f"{name}.parquet").equals(mart), name


def test_foot_and_cover_say_the_sums_of_the_marts(home: Path, out: Path) -> None:
    book = sheets(out / "finance.xlsx")
    with duckdb.connect(str(home / "current" / "warehouse.duckdb"), read_only=True) as connection:
        revenue = connection.execute("select sum(revenue_cc), sum(revenue_reported) from marts.fct_revenue").fetchone()
        arr = connection.execute("select sum(arr_cc) from marts.fct_arr group by month order by month").fetchall()
    assert revenue is not None
    assert book["Revenue"][-1] == ["Total", "", "", "", *map(float, revenue)]
    assert book["ARR by client"][0] == ["client_id", "client_name", *MONTHS]
    assert book["ARR by client"][-1] == ["Total", "", *(float(total) for (total,) in arr)]
    cover = {(row[0], row[1]): row[2] for row in book["Cover"] if row[2] != ""}
    assert cover["Revenue", "revenue_reported"] == float(revenue[1])
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
    assert [row[1] for row in rows] == ["company", "am", "am"]
    assert (first["month"], first["nrr_cc"], first["grr_reported"]) == (dt.date(2026, 3, 1), 1.01234567, "")
    assert sheets(out / "finance.xlsx")["Churn"][1][-1] is False
    with zipfile.ZipFile(out / "finance.xlsx") as parts:
        sheet, styles = parts.read("xl/worksheets/sheet2.xml").decode(), parts.read("xl/styles.xml").decode()
        kinds = re.findall('state="(.*?)"', parts.read("xl/workbook.xml").decode())
    assert 'state="frozen"' in sheet and "<autoFilter" in sheet and 'customWidth="1"' in sheet
    assert "mmm\\ yyyy" in styles or "mmm yyyy" in styles
    assert kinds == ["veryHidden"]


def test_no_text_is_a_formula_and_none_is_changed(out: Path) -> None:
    header, *rows = sheets(out / "finance.xlsx")["Movements"]
    at = header.index("client_name")
    assert {row[1]: row[at] for row in rows[:-1]} == NAMES | {"c6": "Line\nbreak"}
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
    assert {row[1] for row in book["Retention"][1:]} == {"am"}
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
        table for file in files for table in file["tables"] if table["table"] == "Movements" and table["rows"] == 7
    ]
    assert movements["totals"]["change_cc"] == "7"


def test_the_same_release_gives_the_same_files(home: Path, out: Path, tmp_path: Path) -> None:
    write_exports(lambda who: open_release(home / "current", who), tmp_path, META, MANAGERS)
    one, two = (json.loads((folder / MANIFEST).read_text())["files"] for folder in (out, tmp_path))
    assert [(file["path"], file["content_sha256"]) for file in one] == [
        (file["path"], file["content_sha256"]) for file in two
    ]
    for file in one:
        if not file["path"].endswith(".duckdb"):  # DuckDB samples for its statistics
            assert sha256_of_file(out / file["path"]) == sha256_of_file(tmp_path / file["path"]), file["path"]


def edit_parquet(path: Path, sql: str) -> None:
    rows = pq.read_table(path)
    with duckdb.connect() as connection:
        connection.register("original", rows)
        changed = connection.sql(sql).to_arrow_table().replace_schema_metadata(rows.schema.metadata)
    pq.write_table(changed, path)


PARQUET_EDITS = {
    "select * from original": (Status.INTACT, ""),
    "select * from original order by client_id desc": (Status.INTACT, ""),
    "select * replace (cast(if(client_id = 'c2', 0, arr_cc) as decimal(18, 2)) as arr_cc) from original": (
        Status.EDITED,
        "marts.fct_arr: total of arr_cc is 7838.58, written was 8444.94 (-606.36)",
    ),
    "select * from original where client_id <> 'c2'": (
        Status.EDITED,
        "marts.fct_arr: 18 rows where 21 were written (-3)",
    ),
    "select * replace (upper(currency) || '!' as currency) from original": (
        Status.EDITED,
        "marts.fct_arr: values of currency are not those that were written",
    ),
    "select * exclude (arr_reported) from original": (Status.EDITED, "marts.fct_arr: column arr_reported is gone"),
    "select * replace (if(client_id = 'c1', 'c2', if(client_id = 'c2', 'c1', client_id)) as client_id) from original": (
        Status.EDITED,
        "marts.fct_arr: values stand in other rows than they were written in",
    ),
}


@pytest.mark.parametrize(("sql", "expected"), PARQUET_EDITS.items())
def test_parquet_written_again(out: Path, tmp_path: Path, sql: str, expected: tuple[Status, str]) -> None:
    path = tmp_path / "fct_arr.parquet"
    path.write_bytes((out / "parquet" / "fct_arr.parquet").read_bytes())
    edit_parquet(path, sql)
    verdict = verify(path)
    assert (verdict.status, expected[1] in ("", *verdict.findings)) == (expected[0], True), verdict


DATABASE_EDITS = {
    "update marts.fct_churn set churned_arr_cc = churned_arr_cc + 0.01 where client_id = 'c1'": (
        "marts.fct_churn: total of churned_arr_cc is 900.40, written was 900.39 (+0.01)"
    ),
    "delete from marts.fct_arr where client_id = 'c1'": "marts.fct_arr: 6 rows where 9 were written (-3)",
    "drop table marts.fct_arr": "marts.fct_arr: is gone",
    "create table marts.mine as select 1 as i": "marts.mine: was not in the file",
}


@pytest.mark.parametrize(("sql", "finding"), DATABASE_EDITS.items())
def test_an_edited_duckdb_file(out: Path, tmp_path: Path, sql: str, finding: str) -> None:
    path = tmp_path / "am1.duckdb"
    path.write_bytes((out / "extracts" / "am1.duckdb").read_bytes())
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)
    verdict = verify(path)
    assert verdict.status is Status.EDITED
    assert finding in verdict.findings, verdict


def movements_part(text: str) -> bool:
    return "<t>movement_type</t>" in text


def save_again(part: str, text: str) -> str:
    return text.replace("2026-04-01T03:00:00Z</dcterms:modified>", "2026-04-02T03:00:00Z</dcterms:modified>")


def edit_a_number(part: str, text: str) -> str:
    return text.replace("<v>100.11</v>", "<v>999.11</v>", 1) if movements_part(text) else text


def edit_a_name(part: str, text: str) -> str:
    return text.replace("@at", "@it") if movements_part(text) else text


def delete_a_row(part: str, text: str) -> str:
    return re.sub(r'<row r="4".*?</row>', "", text) if movements_part(text) else text


def edit_a_foot(part: str, text: str) -> str:
    return re.sub(r"<f>SUM\(I2:I8\)</f><v>7(\.0)?</v>", "<v>8</v>", text) if movements_part(text) else text


def edit_the_cover(part: str, text: str) -> str:
    return text.replace(">USD<", ">EUR<")


def edit_a_seal(part: str, text: str) -> str:
    return text.replace('"rows":7', '"rows":8', 1)


def spoil_the_seals(part: str, text: str) -> str:
    return text.replace('"totals"', '"total"')


def take_the_seals_away(part: str, text: str) -> str:
    return re.sub("<sheetData>.*</sheetData>", "<sheetData/>", text) if '"totals"' in text else text


WORKBOOK_EDITS: list[tuple[Callable[[str, str], str], str]] = [
    (edit_a_number, "Movements: total of start_arr_cc is 3699.98, written was 2800.98 (+899.00)"),
    (edit_a_name, "Movements: values of client_name are not those that were written"),
    (delete_a_row, "Movements: 6 rows where 7 were written (-1)"),
    (edit_a_foot, "Movements: the foot of change_cc says 8, its rows add up to 7"),
    (edit_the_cover, "Cover: values of B are not those that were written"),
    (spoil_the_seals, "its seal cannot be read"),
    (take_the_seals_away, "tenure_seals: the seals are not those that were written"),
    (edit_a_seal, "tenure_seals: the seals are not those that were written"),
]


@pytest.mark.parametrize(("change", "finding"), WORKBOOK_EDITS)
def test_an_edited_workbook(out: Path, tmp_path: Path, change: Callable[[str, str], str], finding: str) -> None:
    verdict = verify(copy_with(out / "finance.xlsx", tmp_path / "finance.xlsx", change))
    assert verdict.status is Status.EDITED
    assert finding in verdict.findings, verdict


def test_a_workbook_saved_again_without_edits_is_told_from_an_edited_one(out: Path, tmp_path: Path) -> None:
    verdict = verify(copy_with(out / "finance.xlsx", tmp_path / "finance.xlsx", save_again))
    assert (verdict.status, verdict.findings) == (Status.SAVED_AGAIN, ())


@pytest.mark.parametrize("name", ["finance.xlsx", "parquet/fct_arr.parquet", "extracts/am1.duckdb"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9, 1.0])
def test_a_file_without_its_end_is_cut(out: Path, tmp_path: Path, name: str, part: float) -> None:
    whole_file = (out / name).read_bytes()
    path = tmp_path / Path(name).name
    path.write_bytes(whole_file[: min(int(len(whole_file) * part), len(whole_file) - 1)])
    assert verify(path).status is Status.CUT


def test_the_manifest_beside_a_file_knows_its_bytes_and_its_seal(home: Path, tmp_path: Path) -> None:
    write_exports(lambda who: open_release(home / "current", who), tmp_path, META, MANAGERS)
    churn, arr = (tmp_path / "parquet" / f"fct_{name}.parquet" for name in ("churn", "arr"))
    pq.write_table(pq.read_table(churn).replace_schema_metadata({}), churn)  # as another tool would, without our seal
    assert verify(churn).status is Status.SAVED_AGAIN
    arr.write_bytes(churn.with_name("fct_revenue.parquet").read_bytes())  # a whole file in another's place
    assert verify(arr).findings == (f"its seal is not the one that {MANIFEST} has for it",)
    (tmp_path / "finance.xlsx").write_bytes((tmp_path / "finance.xlsx").read_bytes()[:1000])
    assert "1,000 of " in verify(tmp_path / "finance.xlsx").findings[1]
    damaged = tmp_path / "parquet" / "fct_revenue.parquet"
    damaged.write_bytes(damaged.read_bytes()[:4] + bytes(damaged.stat().st_size - 8) + damaged.read_bytes()[-4:])
    assert verify(damaged).status is Status.EDITED


def test_what_carries_no_seal_is_refused(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 1 as i) to '{tmp_path}/other.parquet'")
    (tmp_path / "text.xlsx").write_text("text")
    (tmp_path / "table.csv").write_text("a\n1\n")
    for name, message in {
        "other.parquet": "carries no seal",
        "text.xlsx": "is no workbook",
        "table.csv": "ending in '.csv'",
        "missing.xlsx": "no such file",
    }.items():
        with pytest.raises(UserError, match=re.escape(message)):
            verify(tmp_path / name)


def test_a_failed_write_leaves_the_file_before_and_no_half_of_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(ZeroDivisionError), whole(path) as draft:
        draft.write_text("half")
        raise ZeroDivisionError
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("file", "before")]


def test_who_left_has_no_extract_any_more(home: Path, tmp_path: Path) -> None:
    def export(*managers: Principal) -> None:
        write_exports(
            lambda who: open_release(home / "current", who), tmp_path, META, managers, Kind.EXTRACTS
        )  # fmt: skip

    (tmp_path / "mine.txt").write_text("not of an export")
    export(AM1, NOBODY)
    export(NOBODY)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        f"{STEM}.duckdb", f"{STEM}.xlsx", MANIFEST, "mine.txt",
    ]  # fmt: skip


def test_a_table_too_long_for_a_worksheet_is_said(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 6)
    with pytest.raises(UserError, match="7 rows are too many for the worksheet 'ARR by client'"):
        write_exports(lambda who: open_release(home / "current", who), tmp_path, META, only=Kind.WORKBOOK)


def test_the_commands(home: Path, tmp_path: Path) -> None:
    run = CliRunner()
    written = run.invoke(app, ["export", "--home", str(home), "--out", str(tmp_path), "--only", "extracts"])
    assert written.exit_code == 0
    path = tmp_path / "extracts" / "am1.xlsx"
    assert str(path) in written.output.split("\n")
    good = run.invoke(app, ["verify", str(path)])
    assert (good.exit_code, good.output.split(":")[0]) == (0, "intact")
    path.write_bytes(path.read_bytes()[:-1])
    bad = run.invoke(app, ["verify", str(path)])
    assert (bad.exit_code, bad.output.split(":")[0]) == (2, "cut")
