"""Which rows of a mapped file are data, which entity each is counted in, and what is derived from it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import polars as pl

from pipelines.landing.connector import (
    IS_ACTIVE,
    LINE_NUMBER,
    NOTE,
    RAW,
    REJECT,
    Extract,
    Finding,
    Refused,
    SourceContext,
)  # fmt: skip
from pipelines.landing.entities import ENTITIES
from pipelines.landing.kit import local_formats
from pipelines.landing.kit.source_settings import Currency, DecimalMark, LocalSettings
from pipelines.landing.mapped.cells import Formats, canonical, written
from pipelines.landing.mapped.definition import Condition, MappingFile, RowRule
from pipelines.landing.mapped.tables import FoundTable

_ABOUT = [LINE_NUMBER, RAW, REJECT, IS_ACTIVE, NOTE]
_NOWHERE = "it meets none of the conditions of the mapping's entities"
_LOCAL_KEYS = ("date_order", "date_format", "decimal", "time_zone", "default_currency")
# Whole numbers prove no decimal mark.
_NUMBERS = ("money", "num")


class MappedSettings(LocalSettings):
    """Keys of a mapped source, here or in the mapping file. `default_currency`: of rows without one."""

    default_currency: Currency | None = None


def extracts(mapping: MappingFile, found: FoundTable, source: SourceContext) -> list[Extract]:
    """Extracts of all mapped entities. Every data row is counted in the first entity whose conditions it meets; for
    further entities it gives derived rows, one for each distinct set of cells.
    """
    own = {key: value for key in _LOCAL_KEYS if (value := getattr(mapping.document, key)) is not None}
    settings = MappedSettings.parse(mapping.name, {**own, **source.settings})
    mark = _decimal_mark(mapping, found.table.rows, settings)
    rows, findings = _data_rows(mapping, found.table.rows, mark)
    zone = settings.time_zone or source.company_time_zone
    formats = Formats(_style(mapping, rows, settings), mark, zone, _default_currency(mapping, settings))
    is_data = rows[REJECT].is_null()
    members = {name: _meets(entity.where, rows) & is_data for name, entity in mapping.entities.items()}
    first = next(iter(members))
    homeless = is_data & ~pl.DataFrame(members).select(pl.any_horizontal(pl.all())).to_series()
    rows = rows.with_columns(
        pl.when(homeless).then(False).otherwise(IS_ACTIVE).alias(IS_ACTIVE),
        pl.when(homeless).then(pl.lit(_NOWHERE)).otherwise(NOTE).alias(NOTE),
    )
    members[first] = members[first] | homeless | ~is_data
    made = []
    is_counted = pl.repeat(False, rows.height, eager=True)
    for name, is_member in members.items():
        mapped = _mapped(mapping, name, rows, is_member, formats, source)
        of_member = is_counted.filter(is_member)
        made.append(Extract(name, mapped.filter(~of_member), is_document=mapping.document.whole_documents))
        derived = _distinct(name, mapped.filter(of_member))
        if not derived.is_empty():
            made.append(Extract(name, derived, is_document=mapping.document.whole_documents, is_derived=True))
        is_counted = is_counted | is_member
    kept = [extract for extract in made if extract.entity == first or not extract.rows.is_empty()]
    kept[0].findings = [*found.findings, *findings, *_repeats(mapping, rows)]
    return kept


def _data_rows(mapping: MappingFile, rows: pl.DataFrame, mark: DecimalMark) -> tuple[pl.DataFrame, list[Finding]]:
    """The rows without layout, those that take no part marked. Of several rules that hold, the first counts."""
    rows = rows.with_columns(pl.lit(True).alias(IS_ACTIVE), pl.lit(None, pl.String).alias(NOTE))
    ruled = rows[REJECT].is_not_null()
    is_dropped = pl.repeat(False, rows.height, eager=True)
    findings, dropped_by = [], []
    for rule in mapping.document.rows:
        holds = _meets((rule,), rows) & ~ruled
        ruled = ruled | holds
        count = int(holds.sum())
        if rule.treat == "drop":
            is_dropped = is_dropped | holds
            dropped_by.append((rule, holds))
        else:
            rows = rows.with_columns(
                pl.when(holds).then(False).otherwise(IS_ACTIVE).alias(IS_ACTIVE),
                pl.when(holds).then(pl.lit(rule.name)).otherwise(NOTE).alias(NOTE),
            )
        if count:
            done = "left out: they are no data" if rule.treat == "drop" else "landed, but take no part"
            findings.append(Finding("rows_by_rule", f"{count} rows of the rule '{rule.name}' are {done}", rows=count))
    for rule, holds in dropped_by:
        findings += _totals(rule, rows, holds, ~is_dropped & rows[REJECT].is_null(), mark)
    return rows.filter(~is_dropped), findings


def _meets(conditions: tuple[Condition, ...], rows: pl.DataFrame) -> pl.Series:
    """Whether each row meets all conditions. Text is compared trimmed and in any case."""
    met = pl.repeat(True, rows.height, eager=True)
    for condition in conditions:
        cells = written(condition.column, rows).str.to_lowercase().fill_null("")
        if condition.empty is not None:
            holds = (cells == "") == condition.empty
        elif condition.starts_with:
            starts = [cells.str.starts_with(start.strip().lower()) for start in condition.starts_with]
            holds = (
                pl.DataFrame([s.alias(str(i)) for i, s in enumerate(starts)])
                .select(pl.any_horizontal(pl.all()))
                .to_series()
            )
        else:
            words = [word.strip().lower() for word in condition.equals or condition.not_equals]
            holds = cells.is_in(words) == bool(condition.equals)
        met = met & holds
    return met


def _totals(
    rule: RowRule, rows: pl.DataFrame, is_total: pl.Series, is_data: pl.Series, mark: DecimalMark
) -> list[Finding]:
    """Where a dropped total is not the sum of the rows it stands for."""
    if rule.total_of is None:
        return []
    amounts = local_formats.numbers(written(rule.total_of, rows), mark).to_list()
    lines = rows[LINE_NUMBER].to_list()
    everything = sum((_decimal(text) for text, holds in zip(amounts, is_data, strict=True) if holds), Decimal(0))
    findings, since = [], Decimal(0)
    for line, text, total, data in zip(lines, amounts, is_total, is_data, strict=True):
        if data:
            since += _decimal(text)
        if not total:
            continue
        summed, since = (since if rule.total_over == "group" else everything), Decimal(0)
        if text is not None and _decimal(text) != summed:
            message = (
                f"line {line}: the total of {rule.total_of} is {text}, its rows add up to {summed}: "
                f"{_decimal(text) - summed} differ"
            )
            findings.append(Finding("total_differs", message, column=rule.total_of, value=text))
    return findings


def _decimal(text: str | None) -> Decimal:
    """A cell that is no number counts nothing here: its own row is quarantined, and the total shows by how much."""
    try:
        value = Decimal(text or "0")
    except InvalidOperation:
        return Decimal(0)
    return value if value.is_finite() else Decimal(0)


def _cells_of(mapping: MappingFile, rows: pl.DataFrame, kinds: tuple[str, ...]) -> list[pl.Series]:
    """The file's columns that hold canonical columns of some kinds, without those that have a format of their own."""
    headers = {
        header
        for name, entity in mapping.entities.items()
        for column, cell in entity.cells.items()
        if ENTITIES[name].kinds.get(column) in kinds and not cell.format
        for header in cell.headers
    }
    return [written(header, rows) for header in sorted(headers)]


def _style(mapping: MappingFile, rows: pl.DataFrame, settings: MappedSettings) -> local_formats.DateStyle:
    return local_formats.date_style(_cells_of(mapping, rows, ("date", "ts")), settings, mapping.name)


def _decimal_mark(mapping: MappingFile, rows: pl.DataFrame, settings: MappedSettings) -> DecimalMark:
    return local_formats.decimal_mark(_cells_of(mapping, rows, _NUMBERS), settings.decimal, mapping.name)


def _default_currency(mapping: MappingFile, settings: MappedSettings) -> str | None:
    """Raises Refused where an entity needs a currency and neither a column nor a setting tells one."""
    without = [
        name
        for name, entity in mapping.entities.items()
        if "currency" in ENTITIES[name].required and "currency" not in entity.cells
    ]
    if without and settings.default_currency is None:
        raise Refused(
            f"Nothing tells the currency of its {without[0]}.",
            f'Write default_currency = "USD" (or another) in the mapping file or under [sources.{mapping.name}] in '
            "tenure.toml, or name the column that holds it.",
        )
    return settings.default_currency


def _mapped(
    mapping: MappingFile, name: str, rows: pl.DataFrame, is_member: pl.Series, formats: Formats, source: SourceContext
) -> pl.DataFrame:
    """The entity's columns of its rows; columns of the file that nothing names stay, so that rows compare whole."""
    own = rows.filter(is_member)
    cells = mapping.entities[name].cells
    columns = [canonical(ENTITIES[name], column, cell, own, formats, source) for column, cell in cells.items()]
    if "currency" in ENTITIES[name].columns and "currency" not in cells:
        columns.append(pl.Series("currency", [formats.default_currency], pl.String).new_from_index(0, own.height))
    rest = own.select(pl.exclude(_ABOUT).name.prefix("unknown: "))
    return own.select(_ABOUT).hstack(columns).hstack(rest)


def _distinct(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each distinct set of the entity's cells, one that takes part before one that does not."""
    known = [column for column in rows.columns if column not in _ABOUT and not column.startswith("unknown: ")]
    first = rows.sort(IS_ACTIVE, descending=True, maintain_order=True)
    return first.unique(known, keep="first", maintain_order=True).select(*_ABOUT, *known).sort(LINE_NUMBER)


def _repeats(mapping: MappingFile, rows: pl.DataFrame) -> list[Finding]:
    """Identical rows that land all, because their key is their count."""
    is_numbered = any(cell.numbered for entity in mapping.entities.values() for cell in entity.cells.values())
    count = int((~rows[RAW].is_first_distinct()).sum()) if is_numbered else 0
    if not count:
        return []
    message = f"{count} rows repeat another cell by cell; all are landed, as nothing tells repeats from real lines"
    return [Finding("repeated_rows", message, rows=count)]
