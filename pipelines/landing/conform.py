"""From a connector's text rows to lake rows: parsing, the entity's contract, duplicates, quarantine, accounting.

Pure: a frame in, frames out. For every extract, rows read = landed + duplicate + quarantined. References between
entities are not looked at here: the warehouse resolves them at every build, so that late parents heal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import available_timezones

import polars as pl

from pipelines.landing import drift, parse, quarantine
from pipelines.landing.connector import IS_ACTIVE, IS_SUMMARY, LINE_NUMBER, NOTE, RAW, REJECT, Finding, Refused
from pipelines.landing.crosswalk_names import fold_names
from pipelines.landing.entities import CROSSWALK_COLUMNS, ROW, Entity

_FLAGS = {IS_ACTIVE: True, IS_SUMMARY: False}
_ABOUT_ROW = {
    LINE_NUMBER: pl.Int64, RAW: pl.String, NOTE: pl.String, REJECT: pl.String, **dict.fromkeys(_FLAGS, pl.Boolean),
}  # fmt: skip


@dataclass
class Conformed:
    """What became of an extract's rows.

    `rows`: typed canonical and technical columns, `_line_number`, `_is_active`, `_is_summary`, `_note`, in file
    order. `quarantine`: `line_number`, `reason`, `raw`. `refusal`: why the file as a whole should not be used (see
    `drift`).
    """

    rows: pl.DataFrame
    quarantine: pl.DataFrame
    rows_read: int
    rows_duplicate: int
    findings: list[Finding] = field(default_factory=list)
    refusal: Refused | None = None


def conform(
    entity: Entity, extracted: pl.DataFrame, lines_read: int | None = None, has_own_keys: bool = False
) -> Conformed:
    """Sort the rows of one entity of one file (see `Extract`) into landed, duplicate and quarantined.

    `has_own_keys`: no two of the rows share a key, so that none can repeat another.
    """
    rows = _complete(entity, extracted)
    is_foreign = any(column in extracted.columns for column in CROSSWALK_COLUMNS)
    no_repeats = pl.repeat(False, rows.height, eager=True)
    repeated = no_repeats if has_own_keys else quarantine.repeated_rows(rows, entity.pk, _compared(rows))
    # Filters that keep every row, the usual case, would copy millions of them.
    kept = rows.filter(~repeated) if repeated.any() else rows
    readable = kept.filter(pl.col(REJECT).is_null()) if kept[REJECT].count() else kept
    typed = _typed(entity, readable)
    refusal = drift.retyped_column(entity, readable, typed)
    failures = quarantine.failures(entity, readable, typed, is_foreign)
    bad = pl.concat([kept.filter(pl.col(REJECT).is_not_null()).select(ROW, reason=REJECT), failures])
    good = typed.filter(~pl.col(ROW).is_in(bad[ROW].implode())) if bad.height else typed
    good, findings = _without_unknown_time_zones(entity, good)
    records = quarantine.records(rows, bad)
    if lines_read is None:
        return Conformed(good.drop(ROW), records, rows.height, int(repeated.sum()), findings, refusal)
    records = quarantine.by_line(records)
    is_elsewhere = pl.col(LINE_NUMBER).is_in([*good[LINE_NUMBER], *records["line_number"]])
    repeated_lines = rows.filter(repeated).filter(~is_elsewhere)[LINE_NUMBER].n_unique()
    return Conformed(good.drop(ROW), records, lines_read, repeated_lines, findings, refusal)


def _complete(entity: Entity, extracted: pl.DataFrame) -> pl.DataFrame:
    """All columns present, cells trimmed, empty cells null; `_row` is the position in the extract."""
    rows = extracted.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in _ABOUT_ROW.items() if name not in extracted.columns
    )
    own = [*entity.columns, *entity.technical_columns]
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in own if name not in rows.columns)
    cells = [name for name in rows.columns if name not in _ABOUT_ROW]
    trimmed = [pl.col(name).cast(pl.String).str.strip_chars() for name in cells]
    return (
        rows.with_columns(trimmed)
        .with_columns(pl.when(pl.col(cells) != "").then(pl.col(cells)))
        .with_columns(
            pl.col(LINE_NUMBER).cast(pl.Int64), *(pl.col(name).fill_null(is_so) for name, is_so in _FLAGS.items())
        )
        .drop(ROW, strict=False)
        .with_row_index(ROW)
    )


def _compared(rows: pl.DataFrame) -> list[str]:
    """Columns that make two rows identical: all cells, unknown columns too."""
    return [name for name in rows.columns if name not in (*_ABOUT_ROW, ROW)]


def _typed(entity: Entity, rows: pl.DataFrame) -> pl.DataFrame:
    columns = [parse.parse(name, kind) for name, kind in entity.kinds.items()]
    typed = rows.select(ROW, LINE_NUMBER, NOTE, *_FLAGS, *entity.technical_columns, *columns)
    typed = typed.with_columns(
        pl.col(name).fill_null(entity.about(name)["empty"])
        for name in entity.columns
        if entity.about(name).get("empty") is not None
    )
    return typed.with_columns(_name_keys(entity, typed))


def _name_keys(entity: Entity, typed: pl.DataFrame) -> list[pl.Series]:
    keys = {"_name_key": "name", "_account_name_key": "_account_name"}
    return [
        fold_names(typed[name]).alias(key)
        for key, name in keys.items()
        if key in entity.technical_columns and name in typed.columns
    ]


def _without_unknown_time_zones(entity: Entity, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Finding]]:
    """An unknown zone must not cost the whole account: it becomes empty, with a finding."""
    findings = []
    for column in (name for name in entity.columns if entity.about(name).get("is_time_zone")):
        zones = sorted(available_timezones())
        is_unknown = pl.col(column).is_not_null() & ~pl.col(column).is_in(zones)
        for value, count in rows.filter(is_unknown).group_by(column).len().sort(column).iter_rows():
            message = f"'{value}' is no IANA time zone (such as Europe/Berlin): taken as empty"
            findings.append(Finding("unknown_time_zone", message, entity.name, column, value, count))
        rows = rows.with_columns(pl.when(~is_unknown).then(pl.col(column)).alias(column))
    return rows, findings
