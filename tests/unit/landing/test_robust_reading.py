"""What spreadsheets, mailers and half-finished downloads do to a file: it lands exactly, or says why it does not."""

import contextlib
import io
import json
import os
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from homes import Home, workbook

USERS = "user_id,name\nu1,Zoë Müller\nu2,Ann\n"
LINES = "line_id,invoice_id,product,amount\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_template_files_land_in_every_encoding_a_spreadsheet_writes(home: Home, encoding: str) -> None:
    home.put("users.csv", USERS.encode(encoding))
    home.land()
    assert home.rows("users")["name"].to_list() == ["Zoë Müller", "Ann"]


def test_each_file_of_a_folder_keeps_its_own_encoding(home: Home) -> None:
    home.put("users_1.csv", USERS.encode("cp1252"))
    home.put("users_2.csv", USERS.encode())
    home.land()
    assert home.rows("users")["name"].to_list() == ["Zoë Müller", "Ann"] * 2
    assert [load.dialect["encoding"] for load in home.ledger().loads] == ["windows-1252", "utf-8"]


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_another_delimiter_is_read_by_setting_and_without_it_the_refusal_says_which_to_write(
    home: Home, delimiter: str, name: str
) -> None:
    home.put("users.csv", USERS.replace(",", delimiter))
    problem = home.land().refused[0]
    assert f"separated by {name}, not by commas" in problem.what
    assert f"delimiter = {json.dumps(delimiter)} under [sources.template]" in problem.do
    home.sources = {"template": {"delimiter": delimiter}}
    assert home.land().refused == []
    assert home.rows("users").height == 2


def test_an_unusable_setting_names_itself_and_the_file_lands_once_it_is_corrected(home: Home) -> None:
    home.put("users.csv", USERS)
    home.sources = {"template": {"delimeter": ";"}}
    problem = home.land().refused[0]
    assert "unknown key 'delimeter'" in problem.what and "delimiter" in problem.do
    home.sources = {}
    assert home.land().refused == []
    assert home.rows("users").height == 2


def test_line_ends_inside_cells_stay_in_the_cell(home: Home) -> None:
    home.put("users.csv", 'user_id,name\r\nu1,"Ann\r\nof the\nnorth"\r\nu2,Bob\r\n')
    home.land()
    assert home.rows("users").select("name", "_line_number").rows() == [("Ann\r\nof the\nnorth", 2), ("Bob", 5)]


def test_leading_zeros_survive_in_text_and_ids_a_spreadsheet_shortened_are_set_aside(home: Home) -> None:
    home.put("users.csv", "user_id,name\n00042,Ann\n1E+11,Bob\n1.23457E+17,Cy\n")
    home.put("users_2.xlsx", workbook(users=[["user_id", "name"], ["007", "Dee"], [12345678901234567, "Eve"]]))
    home.land()
    assert home.rows("users")["user_id"].to_list() == ["00042", "007"]
    assert all("a spreadsheet has shortened" in record["reason"] for record in home.quarantine())
    assert [record["line_number"] for record in home.quarantine()] == [3, 4, 3]


def test_an_apostrophe_before_a_number_is_no_part_of_it(home: Home) -> None:
    home.put("invoice_lines.csv", LINES + "l1,i1,p,'-5.00\nl2,i1,p,'+7\n")
    home.land()
    assert home.rows("invoice_lines")["amount"].to_list() == [Decimal("-5.00"), Decimal("7.00")]


@pytest.mark.parametrize(
    ("mark", "cells", "landed"),
    [
        (None, ["1234.50", "1,234.50", "1.234,50"], ["1234.50"]),
        ("point", ["1234.50", "1,234.50", "1.234,50"], ["1234.50", "1234.50"]),
        ("comma", ["1234,50", "1.234,50", "'-1.234,5", "1,234.50"], ["1234.50", "1234.50", "-1234.50"]),
    ],
)
def test_thousands_separators_and_decimal_commas_are_read_by_setting_only(
    home: Home, mark: str | None, cells: list[str], landed: list[str]
) -> None:
    home.sources = {"template": {"decimal": mark}} if mark else {}
    home.put("invoice_lines.csv", LINES + "".join(f'l{i},i1,p,"{cell}"\n' for i, cell in enumerate(cells)))
    home.land()
    assert home.rows("invoice_lines")["amount"].to_list() == [Decimal(amount) for amount in landed]
    assert len(home.quarantine()) == len(cells) - len(landed)


@pytest.mark.parametrize("key", ["Total", "TOTALS", "Grand total", "Sub-total:", "Total (3 rows)", " total: 3"])
def test_a_row_of_totals_is_set_aside_and_not_taken_for_a_record(home: Home, key: str) -> None:
    home.put("accounts.csv", f"account_id,name\na1,Alpha\n{key},1 account\nTotal Talent,Total Talent\n")
    home.land()
    assert home.rows("accounts")["account_id"].to_list() == ["a1", "Total Talent"]
    assert "row of totals" in home.quarantine()[0]["reason"]


def test_a_mapped_word_may_well_be_total(home: Home) -> None:
    home.put("map_products.csv", "product,revenue_type\nTotal,recurring\n")
    home.land()
    assert home.rows("map_products")["product"].to_list() == ["Total"]


def test_a_csv_cut_inside_a_quote_loses_its_last_row_only_with_a_reason(home: Home) -> None:
    home.put("users.csv", 'user_id,name\nu1,Ann\nu2,"Bo')
    home.land()
    assert home.rows("users")["user_id"].to_list() == ["u1"]
    assert "cut off" in home.quarantine()[0]["reason"]


def _parquet() -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame({"user_id": ["u1"], "name": ["Ann"]}).write_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.99])
def test_cut_off_workbooks_parquet_and_json_files_are_refused_with_advice(home: Home, share: float) -> None:
    invoice = {"object": "invoice", "id": "in_1", "customer": "cus_1", "lines": {"object": "list", "data": []}}
    whole = {
        "users.xlsx": workbook(users=[["user_id", "name"], ["u1", "Ann"]]),
        "users.parquet": _parquet(),
        "stripe.json": json.dumps({"object": "list", "data": [invoice]}).encode(),
    }
    for name, content in whole.items():
        home.put(name, content[: int(len(content) * share)])
    receipt = home.land()
    reported = {problem.file_name for problem in [*receipt.refused, *receipt.unknown]}
    assert reported == set(whole)
    assert not any("error in Tenure" in problem.what for problem in receipt.refused)
    assert receipt.total("rows_landed") == 0


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"object":"list","data":['])
def test_json_nested_without_end_is_refused_or_unknown(home: Home, opening: str) -> None:
    home.put("stripe.json", '{"object":"list","data":[{"object":"invoice","a":' + opening * 100_000)
    home.put("plain.json", opening * 100_000)
    receipt = home.land()
    assert {problem.file_name for problem in [*receipt.refused, *receipt.unknown]} == {"stripe.json", "plain.json"}
    assert not any("error in Tenure" in problem.what for problem in receipt.refused)


@pytest.mark.parametrize("ending", ["zip", "gz", "tar", "tar.gz", "7z", "rar", "bz2", "xz", "zst", "ZIP"])
def test_archives_are_refused_with_what_to_do(home: Home, ending: str) -> None:
    home.put(f"users.csv.{ending}", zlib.compress(USERS.encode()))
    problem = home.land().refused[0]
    assert "archive" in problem.what and "Unpack" in problem.do


def test_links_inside_the_inbox_lead_nowhere(home: Home, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "users.csv").write_text(USERS)
    (home.inbox / "users_absolute.csv").symlink_to(outside / "users.csv")
    (home.inbox / "users_up.csv").symlink_to("../../outside/users.csv")
    (home.inbox / "folder").symlink_to(outside)
    (home.inbox / "users_nowhere.csv").symlink_to("missing")
    (home.inbox / "users_loop.csv").symlink_to("users_loop.csv")
    receipt = home.land()
    assert receipt.files == []
    assert len(receipt.refused) == 5 and all("link" in problem.what for problem in receipt.refused)


def test_hostile_names_are_landed_under_a_name_that_can_be_shown(home: Home) -> None:
    names = [
        "users_a\nusers.csv",
        "users_\x1b[31m.csv",
        "users_\u202egpj.csv",
        "users_" + "x" * 240 + ".csv",
        "..users.csv",
    ]
    for number, name in enumerate(names):
        home.put(name, USERS.replace("u1", f"u1-{number}"))
    home.put("users_ü 日本 &;$(x)'.csv", USERS)
    receipt = home.land()
    assert len(receipt.files) == 5  # a name that begins with a dot is hidden
    assert not any(sign in file.file_name for file in receipt.files for sign in "\n\x1b\u202e")
    assert any(file.file_name == r"users_a\nusers.csv" for file in receipt.files)
    assert sorted(path.name for path in home.lake.parent.iterdir()) == ["inbox", "lake"]


@pytest.fixture
def deep_folder(home: Home) -> Iterator[None]:
    """A file 1,500 folders down. Made and removed by steps: the whole path is too long to be named at once."""
    depth = 1500
    with contextlib.chdir(home.inbox):
        for _ in range(depth):
            Path("d").mkdir()
            os.chdir("d")
        Path("users.csv").write_text(USERS)
    yield
    with contextlib.chdir(home.inbox):
        for _ in range(depth):
            os.chdir("d")
        Path("users.csv").unlink()
        for _ in range(depth):
            os.chdir("..")
            Path("d").rmdir()


@pytest.mark.usefixtures("deep_folder")
def test_folders_nested_deeper_than_python_may_recurse_are_walked(home: Home) -> None:
    home.put("users.csv", USERS)
    receipt = home.land()
    assert "users.csv" in {file.file_name for file in receipt.files}
    assert len(receipt.files) + len(receipt.refused) == 2
