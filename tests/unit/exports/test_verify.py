"""`tenure verify`: what became of an exported file, told from the file alone or with the manifest beside it."""

import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest

from pipelines.errors import UserError
from pipelines.exports.files import MANIFEST
from pipelines.exports.verify import Status, verify
from pipelines.exports.write import write_exports
from pipelines.serving.release import open_release
from tests.unit.exports.seven_clients import MANAGERS, META, copy_with


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
    return "<t>Movement</t>" in text


def save_again(part: str, text: str) -> str:
    return text.replace("2026-04-01T03:00:00Z</dcterms:modified>", "2026-04-02T03:00:00Z</dcterms:modified>")


def edit_a_number(part: str, text: str) -> str:
    return text.replace("<v>100.11</v>", "<v>999.11</v>", 1) if movements_part(text) else text


def edit_a_name(part: str, text: str) -> str:
    return text.replace("@at", "@it") if movements_part(text) else text


def delete_a_row(part: str, text: str) -> str:
    return re.sub(r'<row r="4".*?</row>', "", text) if movements_part(text) else text


def edit_a_foot(part: str, text: str) -> str:
    return re.sub(r"<f>SUM\(I2:I9\)</f><v>7(\.0)?</v>", "<v>8</v>", text) if movements_part(text) else text


def edit_the_cover(part: str, text: str) -> str:
    return text.replace(">USD<", ">EUR<")


def edit_a_seal(part: str, text: str) -> str:
    return text.replace('"rows":7', '"rows":8', 1)


def spoil_the_seals(part: str, text: str) -> str:
    return text.replace('"totals"', '"total"')


def take_the_seals_away(part: str, text: str) -> str:
    return re.sub("<sheetData>.*</sheetData>", "<sheetData/>", text) if '"totals"' in text else text


WORKBOOK_EDITS: list[tuple[Callable[[str, str], str], str]] = [
    (edit_a_number, "Movements: total of ARR at start, constant is 6500.96, written was 5601.96 (+899.00)"),
    (edit_a_name, "Movements: values of Client are not those that were written"),
    (delete_a_row, "Movements: 7 rows where 8 were written (-1)"),
    (edit_a_foot, "Movements: the foot of Change, constant says 8, its rows add up to 7"),
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


def openpyxl_edits() -> dict[str, tuple[Callable[[Any], object], Status, str]]:
    """What a person may do to a workbook, done by another program, which saves all of it in its own way."""

    def renamed(book: Any) -> None:
        book["Movements"].title = "Moves"

    def sorted_by_client(book: Any) -> None:
        sheet = book["Revenue"]
        rows = sorted(([cell.value for cell in row] for row in sheet["A2:F22"]), key=lambda row: row[1], reverse=True)
        for index, row in enumerate(rows, start=2):
            for column, value in enumerate(row, start=1):
                sheet.cell(index, column).value = value
                if isinstance(value, str):
                    sheet.cell(index, column).data_type = "s"  # and no formula, whatever it begins with

    def widened(book: Any) -> None:
        book["Revenue"].column_dimensions["A"].width = 40
        book["Revenue"].freeze_panes = None

    def with_a_copy(book: Any) -> None:
        book.copy_worksheet(book["Churn"]).title = "My Churn"

    def edited(book: Any) -> None:
        book["Churn"]["E3"].value = 1

    def with_a_note(book: Any) -> None:
        book["Cover"]["B40"].value = "seen by me"

    def without_a_row(book: Any) -> None:
        book["Churn"].delete_rows(3)

    def without_a_column(book: Any) -> None:
        book["Churn"].delete_cols(6)

    def as_text(book: Any) -> None:
        book["Churn"]["E3"].value = str(book["Churn"]["E3"].value)

    def without_seals(book: Any) -> None:
        del book["tenure_seals"]

    less = "Churn: total of ARR lost, constant is"
    same, other = Status.SAVED_AGAIN, Status.EDITED
    return {
        "unchanged": (lambda book: None, same, ""),
        "sorted": (sorted_by_client, same, ""),
        "widened": (widened, same, ""),
        "edited": (edited, other, f"{less} 2601.86, written was 2800.98 (-199.12)"),
        "a note": (with_a_note, other, "Cover: values of B are not those that were written"),
        "a row deleted": (without_a_row, other, "Churn: 6 rows where 7 were written (-1)"),
        "a column deleted": (without_a_column, other, "Churn: column Category is gone"),
        "a number as text": (as_text, other, f"{less} 2600.86, written was 2800.98 (-200.12)"),
        "renamed": (renamed, other, "Movements: is called Moves now"),
        "copied": (with_a_copy, other, "My Churn: was not in the file"),
        "without seals": (without_seals, other, "tenure_seals: the seals are not those that were written"),
    }  # fmt: skip


@pytest.mark.parametrize("what", openpyxl_edits())
def test_a_workbook_saved_by_another_program(out: Path, tmp_path: Path, what: str) -> None:
    change, status, finding = openpyxl_edits()[what]
    path = tmp_path / "finance.xlsx"
    book = openpyxl.load_workbook(out / "finance.xlsx")
    change(book)
    book.save(path)
    verdict = verify(path)
    assert (verdict.status, finding in ("", *verdict.findings)) == (status, True), verdict


def test_a_workbook_as_another_program_writes_it_is_told_beside_its_manifest_too(out: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(out, tmp_path / "copy"))
    for name in ("finance.xlsx", "extracts/am1.xlsx"):
        openpyxl.load_workbook(copy / name).save(copy / name)
        assert verify(copy / name).status is Status.SAVED_AGAIN


@pytest.mark.parametrize("name", ["finance.xlsx", "parquet/fct_arr.parquet", "extracts/am1.duckdb"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9, 1.0])
def test_a_file_without_its_end_is_cut(out: Path, tmp_path: Path, name: str, part: float) -> None:
    whole_file = (out / name).read_bytes()
    path = tmp_path / Path(name).name
    path.write_bytes(whole_file[: min(int(len(whole_file) * part), len(whole_file) - 1)])
    assert verify(path).status is Status.CUT


def test_the_manifest_beside_a_file_knows_its_bytes_and_its_seal(published: Path, tmp_path: Path) -> None:
    write_exports(partial(open_release, published / "current"), tmp_path, META, MANAGERS)
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
