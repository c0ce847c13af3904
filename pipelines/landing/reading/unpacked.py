"""How large a packed file becomes once it is opened: workbooks and Parquet, before any reader touches them.

A workbook of a few kilobytes can unpack to gigabytes, or hold one cell in its last row and column, for which a reader
lays out the whole grid. What a file states about its own size is not believed where it can be counted.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from pipelines.landing.connector import IncomingFile, Refused

# What one cell takes from the reader's grid to the table of texts, in bytes; rounded up.
_SHEET_CELL = 200
_PARQUET_CELL = 32
_MOST_PARTS = 10_000
_CHUNK = 1 << 20
_LONGEST_REFERENCE = 64
_LOCAL_HEADER = struct.Struct("<26x2H")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})(\d{1,7})["']""")
_SAVE_AGAIN = "Save it again as .xlsx, or as CSV UTF-8."


def check(file: IncomingFile, limit_mb: int) -> None:
    """Raises Refused for a workbook or Parquet file that would take more than the limit, is damaged or cut off."""
    limit = limit_mb << 20
    if file.suffix == ".xlsx":
        with file.path.open("rb") as stream:
            _check_workbook(stream, limit)
    elif file.suffix == ".parquet":
        with file.path.open("rb") as stream:
            _check_parquet(stream, limit)


def _check_workbook(stream: IO[bytes], limit: int) -> None:
    try:
        with zipfile.ZipFile(stream) as book:
            parts = book.infolist()
        if len(parts) > _MOST_PARTS:
            raise Refused(f"The workbook has {len(parts):,} parts inside.", _SAVE_AGAIN)
        stated = sum(part.file_size for part in parts)
        if stated > limit:
            raise _too_large(limit, f"it unpacks to {stated >> 20:,} MB")
        size = 0
        for part in parts:
            size += _opened_size(stream, part, limit)
            if size > limit:
                raise _too_large(limit, f"with {part.filename} its parts come to {size >> 20:,} MB")
    # The directory of a damaged workbook can hold anything, its text in any encoding.
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, ValueError, OverflowError) as error:
        raise Refused(f"The workbook is damaged or cut off ({error}).", _SAVE_AGAIN) from None


def _opened_size(stream: IO[bytes], part: zipfile.ZipInfo, limit: int) -> int:
    """Bytes a part takes once opened: its text, and the grid that its outermost cells span."""
    if part.flag_bits & 1:
        raise Refused("The workbook is protected by a password.", "Save it without one.")
    unpacked, rows, tail = 0, 0, b""
    letters: set[bytes] = set()
    is_sheet = part.filename.lower().endswith(".xml") and "sharedstrings" not in part.filename.lower()
    for chunk in _unpacked(stream, part):
        unpacked += len(chunk)
        if unpacked > limit:
            raise _too_large(limit, f"{part.filename} alone unpacks to more than that")
        if is_sheet:
            references = _REFERENCE.findall(tail + chunk)
            tail = chunk[-_LONGEST_REFERENCE:]
            rows = max(rows, max((int(row) for _, row in references), default=0))
            letters.update(column for column, _ in references)
    columns = max((_column_number(column) for column in letters), default=0)
    grid = rows * columns * _SHEET_CELL
    if grid > limit:
        raise _too_large(limit, f"{part.filename} spans {rows:,} rows and {columns:,} columns")
    return unpacked + grid


def _unpacked(stream: IO[bytes], part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part's bytes, chunk by chunk, however many there really are: a directory may state fewer than follow."""
    stream.seek(part.header_offset)
    name_length, extra_length = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
    stream.seek(name_length + extra_length, 1)
    left = part.compress_size
    if part.compress_type == zipfile.ZIP_STORED:
        while left and (chunk := stream.read(min(left, _CHUNK))):
            left -= len(chunk)
            yield chunk
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise Refused("The workbook is packed in a way no spreadsheet packs it.", _SAVE_AGAIN)
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    while not unpacker.eof:
        packed = unpacker.unconsumed_tail
        if not packed:
            packed = stream.read(_CHUNK)  # beyond the stated size too: the stream itself says where it ends
            if not packed:
                raise zipfile.BadZipFile(f"{part.filename} is cut off")
        yield unpacker.decompress(packed, _CHUNK)


def _column_number(letters: bytes) -> int:
    """1 for A, 27 for AA; 0 for a row's own reference, which has no letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_parquet(stream: IO[bytes], limit: int) -> None:
    import pyarrow
    import pyarrow.parquet

    try:
        about = pyarrow.parquet.ParquetFile(stream).metadata
        unpacked = sum(about.row_group(position).total_byte_size for position in range(about.num_row_groups))
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        again = "Write it again, or save it as CSV UTF-8."
        raise Refused(f"The Parquet file is damaged or cut off ({reason}).", again) from None
    cells = about.num_rows * about.num_columns * _PARQUET_CELL
    if unpacked > limit:
        raise _too_large(limit, f"it unpacks to {unpacked >> 20:,} MB")
    if cells > limit:
        raise _too_large(limit, f"it has {about.num_rows:,} rows and {about.num_columns:,} columns")


def _too_large(limit: int, why: str) -> Refused:
    return Refused(
        f"Opened, it would take more than {limit >> 20:,} MB of memory: {why}.",
        "Split it, or save it as CSV; where the machine has the memory, raise max_unpacked_mb in tenure.toml.",
    )
