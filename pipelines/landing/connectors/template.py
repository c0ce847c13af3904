"""The template export: files that already speak in canonical entities and columns.

`<entity>.csv` or `<entity>_<anything>.csv`, the same as `.parquet`, or a workbook whose sheets are named after entities
(or whose only sheet is of the entity the file is named after). This is the identity mapping; cell rules are the core's.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pipelines.landing.connector import Extract, Finding, IncomingFile, Refused, SourceContext

if TYPE_CHECKING:
    import polars as pl

    from pipelines.landing.dialects import Table
    from pipelines.landing.entities import Entity

_SUFFIXES = (".csv", ".xlsx", ".parquet")


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

        return [_extract(ENTITIES[entity], table, where) for entity, table, where in _tables(file)]


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


def _tables(file: IncomingFile) -> list[tuple[str, Table, str]]:
    """(entity, table, where it stands) of each table in the file."""
    from pipelines.landing.dialects import read_csv
    from pipelines.landing.typed_files import read_parquet, read_xlsx

    own = entity_named(file.basename.rpartition(".")[0])
    if file.suffix == ".csv" and own:
        return [(own, read_csv(file.text()), "the file")]
    if file.suffix == ".parquet" and own:
        return [(own, read_parquet(file.content), "the file")]
    sheets = {name: table for name, table in read_xlsx(file.content).items() if table.header}
    named = [(entity, table, f"sheet '{name}'") for name, table in sheets.items() if (entity := entity_named(name))]
    if named:
        return named
    if own and len(sheets) <= 1:
        from pipelines.landing.typed_files import empty_table

        return [(own, next(iter(sheets.values()), empty_table()), "the file")]
    raise Refused(
        f"The workbook has {len(sheets)} sheets and none is named after an entity.",
        "Name each sheet after its entity, or keep one sheet in a file named after the entity.",
    )


def _extract(entity: Entity, table: Table, where: str) -> Extract:
    import polars as pl

    from pipelines.landing.typed_files import with_dates_of_midnights

    if not table.header:
        finding = Finding("empty_file", f"{where} is empty: it has not even a header", entity.name)
        return Extract(entity.name, _no_rows(entity), findings=[finding])
    _check_header(entity, table, where)
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
    return Extract(entity.name, rows.with_columns(pl.col("_line_number").cast(pl.Int64)), findings=findings)


def _check_header(entity: Entity, table: Table, where: str) -> None:
    twice = [name for name in entity.columns if f"{name}#2" in table.columns]
    if twice:
        raise Refused(f"In {where} the column {', '.join(twice)} stands twice.", "Keep one of each.")
    missing = [name for name in entity.required if name not in table.columns]
    if not missing:
        return
    found = ", ".join(table.header[:20])
    hint = ""
    if len(table.header) == 1 and any(mark in table.header[0] for mark in ";\t|"):
        hint = " It seems to be separated by something other than commas."
    raise Refused(
        f"In {where} the required column{'s' * (len(missing) > 1)} {', '.join(missing)} of {entity.name} "
        f"{'are' if len(missing) > 1 else 'is'} missing; its columns are: {found[:300]}.{hint}",
        "Add the columns (CSV UTF-8, separated by commas, one header line) and put the file in again.",
    )


def _no_rows(entity: Entity) -> pl.DataFrame:
    import polars as pl

    texts = dict.fromkeys(entity.columns, pl.String)
    return pl.DataFrame(schema={**texts, "_line_number": pl.Int64, "_raw": pl.String, "_reject": pl.String})
