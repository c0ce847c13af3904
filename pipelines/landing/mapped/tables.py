"""Which files are a mapping's, and the table in them: under its sheet, delimiter and header row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING

from pipelines.landing.connector import Finding, IncomingFile, Refused

if TYPE_CHECKING:
    from pipelines.landing.mapped.definition import MappingFile
    from pipelines.landing.reading.dialects import Table
    from pipelines.landing.reading.grids import GridRow

_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")
_HEAD_BYTES = 65_536
# Titles above a header are a handful of lines.
_HEADER_WITHIN = 30


@dataclass
class FoundTable:
    """The table of a file, and what a person should know of the rest of it."""

    table: Table
    findings: list[Finding] = field(default_factory=list)


def column_of(header: str) -> str:
    """The table's column of a header name (see `dialects.Table`)."""
    from pipelines.landing.reading.dialects import unique_columns

    return unique_columns([header.strip()])[0]


def recognise(mapping: MappingFile, file: IncomingFile) -> str | None:
    """Why the file is the mapping's; None if it is not."""
    match = mapping.document.match
    if file.suffix not in _SUFFIXES:
        return None
    if match.file and not any(_fits(file, pattern) for pattern in match.file):
        return None
    if match.headers and not _has_header(mapping, file):
        return None
    by = [words for words, holds in (("name", match.file), ("header", match.headers)) if holds]
    return f"its {' and '.join(by)} {'are' if len(by) > 1 else 'is'} what mappings/{mapping.name}.toml says"


def _fits(file: IncomingFile, pattern: str) -> bool:
    name = file.name if "/" in pattern else file.basename
    return fnmatchcase(name.lower(), pattern.lower())


def _has_header(mapping: MappingFile, file: IncomingFile) -> bool:
    from pipelines.landing.reading.dialects import decode, records

    wanted = _columns(mapping.document.match.headers)
    if file.suffix == ".xlsx":
        try:
            rows: Iterable[list[str] | None] = [row.cells for row in _sheet(mapping, file)[0]]
        except Refused:
            return False
    else:
        text = decode(file.head(_HEAD_BYTES)).text.removeprefix("\ufeff")
        rows = (cells for _, _, cells in records(text, mapping.document.delimiter))
    return any(wanted <= _columns(cells) for cells in islice(rows, _HEADER_WITHIN) if cells)


def _columns(names: Iterable[str]) -> set[str]:
    """Columns of a header row, repeated ones apart."""
    from pipelines.landing.reading.dialects import unique_columns

    return set(unique_columns([name.strip() for name in names]))


def read_table(mapping: MappingFile, file: IncomingFile) -> FoundTable:
    """The table below the first row that holds all named columns. Raises Refused where there is no such row."""
    from pipelines.landing.reading.dialects import read_csv
    from pipelines.landing.reading.grids import read_grid

    wanted = {column_of(header) for header in mapping.headers}
    if file.suffix == ".xlsx":
        rows, findings = _sheet(mapping, file)
        found = FoundTable(_table_below_header(mapping, rows, wanted), findings)
    else:
        table = read_csv(file.text(), mapping.document.delimiter)
        if not wanted <= set(table.columns):
            table = _table_below_header(mapping, read_grid(file, mapping.document.delimiter), wanted)
        found = FoundTable(table)
    found.findings += _repeated(mapping, found.table, wanted)
    return found


def _sheet(mapping: MappingFile, file: IncomingFile) -> tuple[list[GridRow], list[Finding]]:
    """The rows of the mapping's sheet (default: the only one that holds something), and sheets that are not read."""
    from pipelines.landing.reading.grids import read_sheets

    sheets = {name: rows for name, rows in read_sheets(file).items() if rows}
    wanted = mapping.document.sheet
    if wanted is None:
        name = next(iter(sheets), None)
    else:
        name = next((sheet for sheet in sheets if sheet.strip().lower() == wanted.strip().lower()), None)
    if name is None:
        holds = ", ".join(sheets) or "nothing"
        raise Refused(
            f"The workbook has no filled sheet '{wanted}'; it holds {holds}." if wanted else "The workbook is empty.",
            f"Export it again, or correct sheet in mappings/{mapping.name}.toml.",
        )
    others = [sheet for sheet in sheets if sheet != name]
    if not others or wanted is not None:
        return sheets[name], []
    message = f"only the sheet '{name}' was read, not {', '.join(others)}: name the sheet in the mapping file"
    return sheets[name], [Finding("sheets_not_read", message, rows=sum(len(sheets[other]) for other in others))]


def _table_below_header(mapping: MappingFile, rows: list[GridRow], wanted: set[str]) -> Table:
    from pipelines.landing.drift import missing_columns
    from pipelines.landing.reading.grids import table_of

    top = rows[:_HEADER_WITHIN]
    counts = [len(wanted & _columns(row.cells or [])) for row in top]
    if not counts or max(counts) == 0:
        raise Refused(
            f"None of the columns that mappings/{mapping.name}.toml names is in its first {_HEADER_WITHIN} rows.",
            "Check the mapping file's match and delimiter, or export the file again with these columns.",
        )
    at = counts.index(max(counts))
    header = top[at].cells or []
    do = f"Export it again with these columns, or name the new ones in mappings/{mapping.name}.toml."
    if refusal := missing_columns(mapping.headers, header, "The file", do):
        raise refusal
    return table_of(header, rows[at + 1 :])


def _repeated(mapping: MappingFile, table: Table, wanted: set[str]) -> list[Finding]:
    findings = []
    for column in sorted(wanted):
        second = f"{column}#2"
        if second in table.columns and second not in wanted:
            message = f"the column '{column}' stands more than once: the first is read (the second is named '{second}')"
            findings.append(Finding("repeated_column", message, column=column))
    return findings
