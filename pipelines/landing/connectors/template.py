"""The template export: files that already speak in canonical entities and columns.

`<entity>.csv` or `<entity>_<anything>.csv`, the same as `.parquet`, or a workbook whose sheets are named after entities
(or whose only sheet is of the entity the file is named after). This is the identity mapping; cell rules are the core's.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pipelines.landing.connector import Extract, Finding, IncomingFile, Refused, SourceContext
from pipelines.landing.drift import missing_columns
from pipelines.landing.kit.source_settings import DecimalMark, SourceSettings

if TYPE_CHECKING:
    import polars as pl

    from pipelines.landing.entities import Entity
    from pipelines.landing.reading.dialects import Table

_SUFFIXES = (".csv", ".xlsx", ".parquet")
LARGE_BYTES = 32 << 20  # a smaller CSV file is read in one piece
_NUMERIC = ("money", "num", "int")
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# What spreadsheets and reports write where a row of sums has its key. Nothing longer: "Total Talent" is a name.
_TOTALS = r"(?i)^(?:(?:grand|overall|report|page)\s+|sub[\s-]?)?totals?\s*(?::.*|\(.*\))?$"


class TemplateSettings(SourceSettings):
    """Keys of `[sources.template]`, for tables written by a program in a local format.

    `delimiter`: what parts the cells of its CSV files. `decimal`: numbers are written with this mark and may have
    thousands separators (`1.234,50`); without it, only plain numbers (`1234.50`) are taken.
    """

    delimiter: Literal[",", ";", "\t", "|"] = ","
    decimal: DecimalMark | None = None


class Template:
    """Template files of all canonical entities."""

    name = "template"

    def recognise(self, file: IncomingFile) -> str | None:
        """By name: an entity's, or for a workbook one with a sheet of an entity's name."""
        if file.suffix not in _SUFFIXES:
            return None
        entity = entity_named(file.basename.rpartition(".")[0])
        if entity:
            return f"its name is that of a template of {entity}"
        sheets = [sheet for sheet in _sheet_names(file) if entity_named(sheet)]
        return f"its sheets are templates of {', '.join(sheets)}" if sheets else None

    def entities_in(self, file: IncomingFile) -> set[str]:
        """Entities the file says it holds, without reading its rows."""
        if file.suffix not in _SUFFIXES:
            return set()
        names = [file.basename.rpartition(".")[0], *_sheet_names(file)]
        return {entity for name in names if (entity := entity_named(name))}

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        """One extract an entity. Refused where a required column is missing or a column of the entity stands twice."""
        from pipelines.landing.entities import ENTITIES

        own = TemplateSettings.parse(self.name, source.settings)
        entity = entity_named(file.basename.rpartition(".")[0])
        if file.suffix == ".csv" and entity and file.size > LARGE_BYTES:
            from pipelines.landing.reading.large_csv import read_large

            if large := read_large(file.content, own.delimiter):
                file.note_encoding("utf-8")
                return [replace(_extract(ENTITIES[entity], large.table, "the file", own), raw_of=large.raw_of)]
        tables = _tables(file, own.delimiter)
        return [_extract(ENTITIES[entity], table, where, own) for entity, table, where in tables]


CONNECTOR = Template()


def entity_named(name: str) -> str | None:
    """The canonical entity of a file stem or sheet name such as `invoices` or `Invoices_2025`; the longest match."""
    from pipelines.landing.entities import ENTITIES

    lowered = name.strip().lower()
    found = [
        entity.name
        for entity in ENTITIES.values()
        if entity.is_canonical and (lowered == entity.name or lowered.startswith(f"{entity.name}_"))
    ]
    return max(found, key=len, default=None)


def _sheet_names(file: IncomingFile) -> list[str]:
    if file.suffix != ".xlsx":
        return []
    import python_calamine

    try:
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.content)).sheet_names
    except Exception:  # no readable workbook: reading it, if its name says it is ours, explains why
        return []


def _tables(file: IncomingFile, delimiter: str) -> list[tuple[str, Table, str]]:
    """(entity, table, where it stands) of each table in the file."""
    from pipelines.landing.reading.dialects import read_csv
    from pipelines.landing.reading.typed_files import read_parquet, read_xlsx

    own = entity_named(file.basename.rpartition(".")[0])
    if file.suffix == ".csv" and own:
        return [(own, read_csv(file.text(), delimiter), "the file")]
    if file.suffix == ".parquet" and own:
        return [(own, read_parquet(file.content), "the file")]
    sheets = {name: table for name, table in read_xlsx(file.content).items() if table.header}
    named = [(entity, table, f"sheet '{name}'") for name, table in sheets.items() if (entity := entity_named(name))]
    if named:
        return named
    if own and len(sheets) <= 1:
        from pipelines.landing.reading.typed_files import empty_table

        return [(own, next(iter(sheets.values()), empty_table()), "the file")]
    raise Refused(
        f"The workbook has {len(sheets)} sheets and none is named after an entity.",
        "Name each sheet after its entity, or keep one sheet in a file named after the entity.",
    )


def _extract(entity: Entity, table: Table, where: str, own: TemplateSettings) -> Extract:
    from pipelines.landing.kit.local_formats import numbers
    from pipelines.landing.reading.typed_files import with_dates_of_midnights

    if not table.header:
        finding = Finding("empty_file", f"{where} is empty: it has not even a header", entity.name)
        return Extract(entity.name, _no_rows(entity), findings=[finding])
    _check_header(entity, table, where, own.delimiter)
    dates = [name for name, kind in entity.kinds.items() if kind == "date" and name in table.columns]
    unknown = {name: f"unknown: {name}" for name in table.columns if name not in entity.columns}
    findings = [
        Finding(
            "unknown_column",
            f"column '{name}' is not one of the template {entity.name}: kept in the original, not used",
            entity.name,
            name,
            rows=int(table.rows[name].is_not_null().sum()),
        )
        for name in unknown
        if not name.startswith("#")  # a column without a name, as trailing commas make
    ]
    rows = with_dates_of_midnights(table.rows, dates).rename(unknown)
    rows = _without_totals(entity, rows)
    if own.decimal:
        numeric = [name for name, kind in entity.kinds.items() if kind in _NUMERIC and name in rows.columns]
        rows = rows.with_columns(numbers(rows[name], own.decimal) for name in numeric)
    return Extract(entity.name, rows, findings=findings)


def _without_totals(entity: Entity, rows: pl.DataFrame) -> pl.DataFrame:
    """A row of sums under the table is no record: it is set aside instead of landing as one more account."""
    import polars as pl

    key = entity.pk[0]
    if entity.domain == "mappings":  # their keys are foreign words, of which "Total" may be one
        return rows
    is_total = rows[key].str.strip_chars().str.contains(_TOTALS).fill_null(False)
    if not is_total.any():  # the reason costs a text for every row
        return rows
    reason = pl.format("{} '{}' marks a row of totals, which is no record: leave it out", pl.lit(key), pl.col(key))
    return rows.with_columns(pl.coalesce("_reject", pl.when(is_total).then(reason)).alias("_reject"))


def _check_header(entity: Entity, table: Table, where: str, delimiter: str) -> None:
    twice = [name for name in entity.columns if f"{name}#2" in table.columns]
    if twice:
        raise Refused(f"In {where} the column {', '.join(twice)} stands twice.", "Keep one of each.")
    missing = [name for name in entity.required if name not in table.columns]
    other = _other_delimiter(entity, table.header, delimiter)
    if missing and other:
        raise Refused(
            f"In {where} the required columns {', '.join(missing)} of {entity.name} are missing: its cells are "
            f"separated by {_DELIMITERS[other]}, not by {_DELIMITERS[delimiter]}.",
            f"Write delimiter = {json.dumps(other)} under [sources.template] in tenure.toml, for all template files; "
            f"or save the file with {_DELIMITERS[delimiter]}.",
        )
    refusal = missing_columns(
        entity.required,
        table.header,
        f"In {where} the table of {entity.name}",
        f"Add what is missing (CSV UTF-8, cells separated by {_DELIMITERS[delimiter]}) and put the file in again.",
        known=entity.columns,
    )
    if refusal:
        raise refusal


def _other_delimiter(entity: Entity, header: list[str], delimiter: str) -> str | None:
    """The delimiter under which the header line would hold all required columns, or would have cells at all."""
    line = delimiter.join(header)
    others = [mark for mark in _DELIMITERS if mark != delimiter]
    for other in others:
        if {name.strip().strip('"').lower() for name in line.split(other)}.issuperset(entity.required):
            return other
    return next((mark for mark in others if mark in line), None) if len(header) == 1 else None


def _no_rows(entity: Entity) -> pl.DataFrame:
    import polars as pl

    texts = dict.fromkeys(entity.columns, pl.String)
    return pl.DataFrame(schema={**texts, "_line_number": pl.Int64, "_raw": pl.String, "_reject": pl.String})
