"""What a load puts into the lake: a file's extracts, conformed, with where they come from; counts go into the load."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.landing.conform import Conformed, conform
from pipelines.landing.connector import IS_SUMMARY, Extract, Finding
from pipelines.landing.control_totals import control_totals
from pipelines.landing.entities import ENTITIES
from pipelines.landing.ledger import Content, EntityCounts, Load, Spool, as_entries
from pipelines.landing.quarantine import RECORD_SCHEMA
from pipelines.landing.slices import MOST_QUARANTINED, conformed_slices, is_sliceable
from pipelines.landing.values import SourceValues

# The newness of a summary: any other version of the record is newer.
_OLDEST = dt.datetime(1970, 1, 1)  # noqa: DTZ001 (naive UTC, like all times of the lake)
_QUARANTINE_SCHEMA = {"source": pl.String, "entity": pl.String, "file_name": pl.String, **RECORD_SCHEMA}


def no_content() -> Content:
    """Of a file that was refused."""
    return Content({}, pl.DataFrame(schema=_QUARANTINE_SCHEMA))


def content_of(load: Load, extracts: list[Extract], values: SourceValues, lake: Path) -> Content:
    """Lake rows and quarantine of a file's extracts; counts and findings are put into the load.

    Raises Refused where the rows say that the file as a whole should not be used.
    """
    return _sliced(load, extracts, values, lake) or _whole(load, extracts, values)


def _whole(load: Load, extracts: list[Extract], values: SourceValues) -> Content:
    """Lake rows and quarantine of a file's extracts; counts and findings are put into the load."""
    rows: dict[str, list[pl.DataFrame]] = {}
    quarantined = [pl.DataFrame(schema=_QUARANTINE_SCHEMA)]
    findings: list[Finding] = []
    for extract, text, conformed in conformed_extracts(extracts, values):
        findings += [*extract.findings, *conformed.findings]
        rows.setdefault(extract.entity, []).append(_lake_rows(load, extract, conformed.rows))
        if extract.is_derived:
            findings += _left_out(extract.entity, conformed)
            continue
        load.entities[extract.entity] = _counts(conformed)
        load.entities[extract.entity].control_totals = control_totals(extract.entity, text, conformed.rows)
        quarantined.append(_quarantine_rows(load, extract.entity, conformed.quarantine))
    load.derived = sorted(set(rows) - set(load.entities))
    load.findings = as_entries(findings)
    dates = [extract.exported_at for extract in extracts if extract.exported_at and not extract.is_derived]
    load.exported_at = max(dates).isoformat() if dates else None
    return Content({entity: pl.concat(parts) for entity, parts in rows.items()}, pl.concat(quarantined))


def _sliced(load: Load, extracts: list[Extract], values: SourceValues, lake: Path) -> Content | None:
    """`_whole` of a large file, slice by slice; None for any other, and where only the whole can tell."""
    if len(extracts) != 1 or not is_sliceable(ENTITIES[extracts[0].entity], extracts[0]):
        return None
    extract = extracts[0]
    spool, total = Spool(lake, extract.entity), EntityCounts()
    totals: dict[str, str] = {}
    records: list[pl.DataFrame] = []
    is_whole = False
    try:
        text = values.apply(extract.entity, extract.rows)
        for part, conformed in conformed_slices(ENTITIES[extract.entity], text):
            if conformed.refusal:
                return None
            spool.write(_lake_rows(load, extract, conformed.rows))
            total = _plus(total, _counts(conformed))
            totals = _added(totals, control_totals(extract.entity, part, conformed.rows))
            records.append(conformed.quarantine)
        is_whole = total.rows_quarantined <= MOST_QUARANTINED * total.rows_read
    finally:
        if not is_whole:
            spool.discard()
    if not is_whole:
        return None
    total.control_totals = totals
    load.entities[extract.entity] = total
    load.findings = as_entries(extract.findings)
    load.exported_at = extract.exported_at.isoformat() if extract.exported_at else None
    quarantined = _with_raw(pl.concat(records), extract.raw_of)
    return Content({extract.entity: spool}, _quarantine_rows(load, extract.entity, quarantined))


def conformed_extracts(extracts: list[Extract], values: SourceValues) -> list[tuple[Extract, pl.DataFrame, Conformed]]:
    """Each extract with its text and what became of it. Raises Refused where one says that the file has changed."""
    found = []
    for extract in _merged(extracts):
        text = values.apply(extract.entity, extract.rows)
        conformed = conform(ENTITIES[extract.entity], text, extract.lines_read)
        conformed.quarantine = _with_raw(conformed.quarantine, extract.raw_of)
        if conformed.refusal and not extract.is_derived:
            raise conformed.refusal
        found.append((extract, text, conformed))
    return found


def _merged(extracts: list[Extract]) -> list[Extract]:
    """One extract an entity (counted and derived apart), so that repeats are found across a workbook's sheets."""
    groups: dict[tuple[str, bool], list[Extract]] = {}
    for extract in extracts:
        groups.setdefault((extract.entity, extract.is_derived), []).append(extract)
    return [
        Extract(
            entity=entity,
            rows=pl.concat([extract.rows for extract in group], how="diagonal"),
            exported_at=max((e.exported_at for e in group if e.exported_at), default=None),
            is_document=group[0].is_document,
            is_derived=is_derived,
            lines_read=group[0].lines_read,
            raw_of=group[0].raw_of,
            findings=[finding for extract in group for finding in extract.findings],
        )
        for (entity, is_derived), group in groups.items()
    ]


def _lake_rows(load: Load, extract: Extract, rows: pl.DataFrame) -> pl.DataFrame:
    """Typed rows in the lake's column order, with where they come from."""
    age = extract.exported_at or dt.datetime.fromisoformat(load.loaded_at.removesuffix("Z"))
    newness = pl.when(IS_SUMMARY).then(pl.lit(_OLDEST)).otherwise(pl.lit(age))
    schema = ENTITIES[extract.entity].lake_schema()
    about = {
        "_source": load.source,
        "_load_seq": load.seq,
        "_file_name": load.file_name,
        "_is_document": extract.is_document,
    }
    known = {name: pl.lit(value, schema[name]) for name, value in about.items()}
    return rows.with_columns(_newness_at=newness, **known).select(
        pl.col(name).cast(dtype) for name, dtype in schema.items()
    )


def _quarantine_rows(load: Load, entity: str, records: pl.DataFrame) -> pl.DataFrame:
    about = {"source": load.source, "entity": entity, "file_name": load.file_name}
    return records.select(*(pl.lit(value).alias(name) for name, value in about.items()), *RECORD_SCHEMA)


def _counts(conformed: Conformed) -> EntityCounts:
    quarantined = conformed.quarantine.height
    landed = conformed.rows_read - conformed.rows_duplicate - quarantined
    return EntityCounts(conformed.rows_read, landed, conformed.rows_duplicate, quarantined)


def _plus(one: EntityCounts, other: EntityCounts) -> EntityCounts:
    return EntityCounts(
        one.rows_read + other.rows_read,
        one.rows_landed + other.rows_landed,
        one.rows_duplicate + other.rows_duplicate,
        one.rows_quarantined + other.rows_quarantined,
    )


def _left_out(entity: str, conformed: Conformed) -> list[Finding]:
    """Derived rows are no rows of the file: those that break the contract are named, not quarantined."""
    count = conformed.quarantine.height
    if not count:
        return []
    message = f"{count} derived rows of {entity} were left out, first: {conformed.quarantine['reason'][0]}"
    return [Finding("derived_rows_left_out", message, entity, rows=count)]


def _added(totals: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    return {name: str(Decimal(totals.get(name, "0")) + Decimal(amount)) for name, amount in more.items()}


def _with_raw(records: pl.DataFrame, raw_of: Callable[[Iterable[int]], dict[int, str]] | None) -> pl.DataFrame:
    """The quarantine's records, the raw text looked up where it was not kept."""
    missing = records.filter(pl.col("raw").is_null())["line_number"]
    if raw_of is None or missing.is_empty():
        return records
    found = raw_of(missing.to_list())
    looked_up = pl.col("line_number").replace_strict(list(found), list(found.values()), default=None)
    return records.with_columns(pl.coalesce("raw", looked_up).alias("raw"))
