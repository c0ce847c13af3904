"""What exported files hold now, and what they say they held: one reader a format."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from pydantic import ValidationError

from pipelines.errors import UserError
from pipelines.exports.cells import Row, cell_text, seal_of_sheet, without_foot
from pipelines.exports.seal import Seal, content_hash, seal_of
from pipelines.exports.tables import ABOUT, PARQUET_RELEASE, PARQUET_SEAL, SCHEMA, SEALS, as_frame
from pipelines.exports.workbook import CONTENT_PROPERTY, COVER, COVER_WIDTHS, RELEASE_PROPERTY, cover_header
from pipelines.exports.workbook import SEALS as SEALS_SHEET
from pipelines.serving.release import SANDBOX
from pipelines.serving.rules import quoted

if TYPE_CHECKING:
    import duckdb

PARQUET_MARK, ZIP_MARK, DUCKDB_MARK = b"PAR1", b"PK", b"DUCK"
DUCKDB_MARK_AT = 8  # after the checksum of the first header


class CutError(Exception):
    """The file ends before its end, or cannot be read to its end."""


@dataclass(frozen=True)
class Content:
    """Seals that stand in the file, seals of what it holds, and what is wrong with it besides."""

    sealed: tuple[Seal, ...]
    found: tuple[Seal, ...]
    release_id: str = ""
    is_saved_again: bool = False
    findings: list[str] = field(default_factory=list)


def carries_seals(path: Path) -> bool:
    """Whether it is an exported file with seals inside, whatever it holds now. Raises as the readers do."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if path.suffix == ".parquet":
            return PARQUET_SEAL in (pq.read_schema(path).metadata or {})
        if path.suffix == ".xlsx":
            return CONTENT_PROPERTY in _properties(path)
        if path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True, config=SANDBOX) as connection:
                return tuple(SEALS.split(".")) in _tables(connection)
    except (pa.ArrowException, duckdb.Error, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise CutError(f"it cannot be read to its end: {_line(error)}") from None
    return False


def read_parquet(path: Path) -> Content:
    """A Parquet file. Raises CutError for one without its end, UserError for one that is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with path.open("rb") as stream:
        _need(stream.read(4) == PARQUET_MARK, path, "Parquet file")
        stream.seek(-min(4, path.stat().st_size), 2)
        if stream.read(4) != PARQUET_MARK:
            raise CutError("the end of the file, which lists its contents, is missing")
    try:
        rows = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise CutError(f"it cannot be read to its end: {_line(error)}") from None
    notes = rows.schema.metadata or {}
    sealed, findings = _carried([notes[PARQUET_SEAL]] if PARQUET_SEAL in notes else [])
    name = sealed[0].table if sealed else f"{SCHEMA}.{path.stem}"
    release_id = notes.get(PARQUET_RELEASE, b"").decode(errors="replace")
    return Content(sealed, (seal_of(name, as_frame(rows)),), release_id, findings=findings)


def read_duckdb(path: Path) -> Content:
    """A DuckDB file. Raises CutError for one that DuckDB cannot read to its end, UserError for one that is none."""
    import duckdb

    with path.open("rb") as stream:
        _need(stream.read(DUCKDB_MARK_AT + 4)[DUCKDB_MARK_AT:] == DUCKDB_MARK, path, "DuckDB file")
    if path.with_name(f"{path.name}.wal").exists():
        raise UserError(
            "a write-ahead log lies beside the file: somebody wrote into it and did not close it",
            where=str(path),
            do="close the program that has it open, then verify again",
        )
    try:
        with duckdb.connect(str(path), read_only=True, config=SANDBOX) as connection:
            return _content(connection)
    except duckdb.Error as error:
        raise CutError(f"it cannot be read to its end: {_line(error)}") from None


def read_workbook(path: Path) -> Content:
    """A workbook. Raises CutError for a file without its end, UserError for one that is no workbook."""
    from python_calamine import CalamineWorkbook

    with path.open("rb") as stream:
        _need(stream.read(2) == ZIP_MARK, path, "workbook")
    if not zipfile.is_zipfile(path):
        raise CutError("the end of the file, which lists its contents, is missing")
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets: dict[str, list[list[Any]]] = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names
        }
        properties = _properties(path)
    except Exception as error:  # the reader is compiled, and its errors have no common class
        raise CutError(f"it cannot be read to its end: {_line(error)}") from None
    sealed, findings = _carried([row[3] for row in sheets.pop(SEALS_SHEET, []) if len(row) > 3])
    if properties.get(CONTENT_PROPERTY, "") != (content_hash(sealed) if sealed else ""):
        findings.append(f"{SEALS_SHEET}: the seals are not those that were written")
    money = {seal.table: seal.totals.keys() for seal in sealed}
    found = []
    for name, rows in sheets.items():
        if name == COVER:
            rows = [row + [None] * (len(COVER_WIDTHS) - len(row)) for row in rows]
            found.append(seal_of_sheet(name, cover_header(rows), without_foot(rows)[0], ()))
            continue
        body, foot = without_foot(rows[1:])
        found.append(seal_of_sheet(name, rows[0] if rows else [], body, money.get(name, ())))
        findings += _wrong_sums(found[-1], foot)
    is_saved_again = properties.get("modified") != properties.get("created")
    return Content(sealed, tuple(found), properties.get(RELEASE_PROPERTY, ""), is_saved_again, findings)


def _wrong_sums(seal: Seal, foot: Row | None) -> list[str]:
    """Sums at the foot that are not those of the rows above. A program may save formulas without their results."""
    said = []
    for name, value in zip(seal.columns, foot or (), strict=False):
        total = seal.totals.get(name)
        shown = cell_text(value)
        if total is not None and shown is not None and shown != cell_text(float(total)):
            said.append(f"{seal.table}: the foot of {name} says {shown[1:]}, its rows add up to {total}")
    return said


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, ...]]:
    return connection.execute("select table_schema, table_name from information_schema.tables order by all").fetchall()


def _content(connection: duckdb.DuckDBPyConnection) -> Content:
    tables = _tables(connection)
    texts: list[Any] = []
    release_id = ""
    if tuple(SEALS.split(".")) in tables and tuple(ABOUT.split(".")) in tables:
        texts = [row[0] for row in connection.execute(f"select seal from {SEALS}").fetchall()]
        release_id = dict(connection.execute(f"select name, value from {ABOUT}").fetchall()).get("release_id") or ""
    found = [
        seal_of(f"{schema}.{name}", as_frame(connection.sql(f"select * from {schema}.{quoted(name)}").to_arrow_table()))
        for schema, name in tables
        if schema == SCHEMA
    ]
    sealed, findings = _carried(texts)
    return Content(sealed, tuple(found), release_id, findings=findings)


def _properties(path: Path) -> dict[str, str]:
    """Times and custom properties of a workbook, by name."""
    found: dict[str, str] = {}
    with zipfile.ZipFile(path) as parts:
        for part in {"docProps/core.xml", "docProps/custom.xml"} & set(parts.namelist()):
            for element in ElementTree.fromstring(parts.read(part)):
                name = element.get("name") or element.tag.rpartition("}")[2]
                found[name] = "".join(element.itertext())
    return found


def _carried(texts: list[Any]) -> tuple[tuple[Seal, ...], list[str]]:
    """The seals that stand in a file; none and a finding where one of them is not as any seal was written."""
    try:
        return tuple(Seal.model_validate_json(text) for text in texts), []
    except (ValidationError, TypeError):
        return (), ["its seal cannot be read"]


def _need(is_one: bool, path: Path, kind: str) -> None:
    if not is_one:
        raise UserError(f"this is no {kind}, whatever its name says", where=str(path))


def _line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
