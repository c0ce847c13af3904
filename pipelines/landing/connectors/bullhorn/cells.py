"""The two forms of an export, as cells by field: API JSON with nested objects, and CSV with labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT, Finding, IncomingFile, Refused
from pipelines.landing.connectors.bullhorn import objects
from pipelines.landing.connectors.bullhorn.objects import BullhornObject
from pipelines.landing.connectors.bullhorn.settings import BullhornSettings
from pipelines.landing.kit.labels import LabelledTable
from pipelines.landing.reading.dialects import read_csv
from pipelines.landing.reading.json_records import Record, Records, compact, member, read_records, text_of


@dataclass
class ObjectCells:
    """The records of one object: `about` (`_line_number`, `_raw`, `_reject`) and String cells, null where empty."""

    sobject: BullhornObject
    about: pl.DataFrame
    cells: dict[str, pl.Series]
    findings: list[Finding] = field(default_factory=list)


def read(file: IncomingFile, settings: BullhornSettings) -> list[ObjectCells]:
    """The objects of a file. Raises Refused for a file without any, or without the columns that every row needs."""
    if file.suffix in objects.JSON_SUFFIXES:
        return _read_json(file, settings)
    table = read_csv(file.text())
    found = objects.of_header(table.columns) or objects.of_csv_name(file.basename)
    if found is None:
        raise Refused("Its header belongs to no object of Bullhorn that is read.", "Export it again.")
    labels = {name: each.headers for name, each in found.fields.items()}
    labelled = LabelledTable(table, labels, settings.labels(found), f"sources.bullhorn.columns.{found.entity}")
    labelled.require(found.required, f"This {found.name} export")
    cells = {name: labelled.cells(name) for name in found.fields}
    return [ObjectCells(found, table.rows.select(LINE_NUMBER, RAW, REJECT), cells, labelled.findings)]


def _read_json(file: IncomingFile, settings: BullhornSettings) -> list[ObjectCells]:
    found = read_records(file.text().text, ("data", *(each.name for each in objects.OBJECTS)))
    by_object: dict[str, list[Record]] = {each.name: [] for each in objects.OBJECTS}
    ignored: Counter[str] = Counter()
    for record in found.records:
        known = _object_of(record, file.basename)
        if known is None:
            ignored[", ".join(sorted(record.value)[:5])] += 1
        else:
            by_object[known.name].append(record)
    read = [_of_records(each, by_object[each.name], settings) for each in objects.OBJECTS if by_object[each.name]]
    if not read:
        if found.wrappers and not found.records:
            raise Refused("The list is empty.", "Export it again; an empty list needs no file.")
        raise Refused(
            "It holds neither client corporations nor job orders nor placements.",
            "Export them with the fields that docs/connectors/bullhorn.md names.",
        )
    read[0].findings += [*_ignored(ignored), *_goes_on(found)]
    return read


def _object_of(record: Record, file_name: str) -> BullhornObject | None:
    named = next((each for each in objects.OBJECTS if each.name == record.list_name), None)
    return named or objects.of_keys(record.value) or objects.of_json_name(file_name)


def _of_records(sobject: BullhornObject, records: list[Record], settings: BullhornSettings) -> ObjectCells:
    own = settings.labels(sobject)
    cells = {
        name: pl.Series(
            [_first(each.value, (own[name],) if name in own else known.paths) for each in records], dtype=pl.String
        )
        for name, known in sobject.fields.items()
    }
    about = pl.DataFrame(
        {
            LINE_NUMBER: [each.line for each in records],
            RAW: [compact(each.value) for each in records],
            REJECT: [None] * len(records),
        },
        schema={LINE_NUMBER: pl.Int64, RAW: pl.String, REJECT: pl.String},
    )
    return ObjectCells(sobject, about, cells)


def _first(record: dict[str, Any], paths: tuple[str, ...]) -> str | None:
    found = (_text(member(record, path)) for path in paths)
    return next((text for text in found if text is not None), None)


def _text(value: Any) -> str | None:
    """A list's first member stands for it: a client of several industries has a first one."""
    if isinstance(value, list):
        value = value[0] if value else None
    return text_of(value.get("name") if isinstance(value, dict) else value)


def _ignored(ignored: Counter[str]) -> list[Finding]:
    return [
        Finding("ignored_objects", f"{count} objects ({keys}, ...) are of no kind that is read.", rows=count)
        for keys, count in sorted(ignored.items())
    ]


def _goes_on(found: Records) -> list[Finding]:
    """A page of the API says how many records there are in all."""
    for wrapper in found.wrappers[-1:]:
        total, start, count = (wrapper.get(key) for key in ("total", "start", "count"))
        if isinstance(total, int) and isinstance(start, int) and isinstance(count, int) and start + count < total:
            message = f"The list goes on after its last page here ({start + count} of {total}): export the rest too."
            return [Finding("list_goes_on", message)]
    return []
