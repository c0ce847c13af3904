"""Packed files that grow when they are opened are refused before a reader sees them."""

import io
import re
import struct
import tracemalloc
import zipfile

import polars as pl
import pytest
from homes import Home, workbook

from pipelines.landing.connector import IncomingFile, Refused
from pipelines.landing.reading import unpacked

SHEET = "xl/worksheets/sheet1.xml"
USERS = workbook(users=[["user_id", "name"], ["u1", "Ann"]])


def rewritten(content: bytes, part: str, text: bytes) -> bytes:
    """The workbook with one part replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, text if name == part else old.read(name))
    return buffer.getvalue()


def refusal(home: Home, content: bytes, name: str = "users.xlsx", limit_mb: int = 64) -> Refused:
    path = home.put(name, content)
    with pytest.raises(Refused) as refused:
        unpacked.check(IncomingFile(path, name, "", len(content)), limit_mb)
    return refused.value


def test_a_workbook_that_unpacks_beyond_the_limit_is_refused_and_names_the_setting(home: Home) -> None:
    home.max_unpacked_mb = 8
    home.put("users.xlsx", rewritten(USERS, "xl/sharedStrings.xml", b" " * (16 << 20)))
    problem = home.land().refused[0]
    assert "more than 8 MB" in problem.what
    assert "max_unpacked_mb" in problem.do
    home.max_unpacked_mb = 64
    assert "more than" not in str([problem.what for problem in home.land().refused])


def test_a_directory_that_understates_its_sizes_is_not_believed(home: Home) -> None:
    packed = rewritten(USERS, SHEET, b" " * (80 << 20))
    stated = struct.pack("<L", 80 << 20)
    assert packed.count(stated) == 2  # before the part and in the directory
    tracemalloc.start()
    refused = refusal(home, packed.replace(stated, struct.pack("<L", 1000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert f"{SHEET} alone unpacks to more" in refused.what
    assert peak < 16 << 20


def test_one_cell_in_the_last_row_and_column_is_not_laid_out_as_a_grid(home: Home) -> None:
    with zipfile.ZipFile(io.BytesIO(USERS)) as book:
        sheet = book.read(SHEET)
    far = re.sub(rb'r="B2"', b'r="XFD1048576"', sheet)
    assert far != sheet
    assert "spans 1,048,576 rows and 16,384 columns" in refusal(home, rewritten(USERS, SHEET, far)).what


def test_an_ordinary_workbook_passes(home: Home) -> None:
    path = home.put("users.xlsx", workbook(users=[["user_id", "name"], *([f"u{i}", "Ann"] for i in range(5000))]))
    unpacked.check(IncomingFile(path, "users.xlsx", "", 0), 8)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.98])
def test_a_workbook_cut_off_is_refused(home: Home, share: float) -> None:
    assert "damaged or cut off" in refusal(home, USERS[: int(len(USERS) * share)]).what


def test_a_password_is_named_as_the_reason(home: Home) -> None:
    locked = bytearray(USERS)
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        for match in re.finditer(re.escape(mark), USERS):
            locked[match.start() + offset] |= 1
    assert "password" in refusal(home, bytes(locked)).what


def test_parquet_with_more_rows_than_memory_is_refused_by_its_metadata(home: Home) -> None:
    buffer = io.BytesIO()
    pl.select(pl.repeat("u", 3_000_000).alias("user_id"), pl.lit("Ann").alias("name")).write_parquet(buffer)
    assert len(buffer.getvalue()) < 1 << 20
    assert "3,000,000 rows and 2 columns" in refusal(home, buffer.getvalue(), "users.parquet").what
    path = home.put("users.parquet", buffer.getvalue())
    unpacked.check(IncomingFile(path, "users.parquet", "", 0), 1024)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 nothing PAR1", b"\x00" * 100])
def test_what_is_no_parquet_is_refused(home: Home, content: bytes) -> None:
    assert "damaged" in refusal(home, content, "users.parquet").what
