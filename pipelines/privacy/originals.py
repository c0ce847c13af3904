"""One export without the persons who were erased: their ids and addresses replaced, their own records stripped.

Which cells a record needs is found by experiment, as no list of personal columns could ever be complete: a cell stays
only where the record would land differently without it. So rows, counts and amounts are the same before and after.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, Connector, Extract, IncomingFile, Refused, SourceContext
from pipelines.landing.entities import ENTITIES
from pipelines.landing.reading.json_records import compact
from pipelines.privacy.documents import Document, Entry, Place, document_of, swept_text
from pipelines.privacy.pseudonyms import ADDRESS
from pipelines.privacy.tombstones import Tombstone, Tombstones

# Where entities name a person who is no user. Entities whose rows are about the person are in OWN.
NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "contacts": ("contact_id", "email"),
    "nps_responses": ("respondent_id", "_account_email"),
    "csat_responses": ("_account_email",),
    "activities": ("contact_id",),
    "accounts": ("executive_sponsor_contact_id",),
}
OWN = ("contacts", "nps_responses", "csat_responses")
PERSONAL = {"name", "email", "title", "free_text"}
ERASED = "(erased)"
_LONG_ID = 12  # from here on a text stands for one thing wherever it stands
_SHORT, _LONG = 15, 18  # Salesforce writes an id in either form


@dataclass(frozen=True)
class _OwnRow:
    """A row about an erased person: where it stands, its text, its title as written."""

    line: int
    raw: str
    stone: Tombstone
    title: str


class Unerasable(Exception):
    """A file that would not land the same without the person."""


@dataclass(frozen=True)
class Reading:
    """How a file is read."""

    file: IncomingFile
    connector: Connector
    source: SourceContext

    def extracts(self, content: bytes | None = None) -> list[Extract]:
        file = self.file if content is None else self.file.with_content(content)
        return self.connector.read(file, self.source)

    def lands(self, content: bytes) -> list[Any] | None:
        """All that lands of a content but persons, to be compared; None where it is refused."""
        try:
            return [(each.entity, each.is_derived, *_without_persons(each)) for each in self.extracts(content)]
        except Refused:
            return None


def without_erased(reading: Reading, stones: Tombstones, texts: Iterable[str] = ()) -> bytes | None:
    """The file's bytes without erased persons; None where it names none.

    `texts`: names and comments of the person who is being erased, to be replaced wherever they stand. Raises Unerasable
    where other rows or amounts would land, and Refused as the connector does.
    """
    try:
        extracts = reading.extracts()
    except Refused:  # nothing of it landed, but its original is kept
        extracts = []
    whole_text = text_of_file(reading.file)
    named = stones.found({*_ids(extracts), *_addresses(whole_text)})
    owned = _own_rows(extracts, stones)
    texts = [text for text in texts if text.casefold() in whole_text.casefold()]
    if not named and not owned and not texts:
        return None
    document = document_of(reading.file)
    own = _own_entries(document, owned)
    changes = _replaced(reading, document, named)
    changes = _stripped(reading, document, own, changes)
    swept = {value: instead for value, instead in named.items() if "@" in value or len(value) >= _LONG_ID}
    whole = reading.lands(reading.file.content)
    for each in ({**swept, **dict.fromkeys(texts, ERASED)}, swept, {}):
        content = document.with_cells(changes, each)
        if reading.lands(content) == _swept_rows(whole, each, texts) and not _still_named(reading, content, named):
            return content if content != reading.file.content else None
    raise Unerasable(reading.file.name)


def _swept_rows(lands: list[Any] | None, swept: Mapping[str, str], texts: Sequence[str]) -> list[Any] | None:
    """What landed, as it is to land where names and comments were replaced inside other texts."""
    own = {text: swept[text] for text in texts if text in swept}
    if lands is None or not own:
        return lands
    return [
        (*about, [tuple(value and swept_text(value, own) for value in row) for row in rows]) for *about, rows in lands
    ]


def _still_named(reading: Reading, content: bytes, named: Mapping[str, str]) -> bool:
    """Whether a look-up still finds an erased id: of two files that name one person, both must follow."""
    try:
        return not _ids(reading.extracts(content)).isdisjoint(named)
    except Refused:
        return False


def _replaced(reading: Reading, document: Document, named: Mapping[str, str]) -> dict[Place, str]:
    """Cells that are an erased id or address, column by column: where a column only happens to hold the same text as an
    id, something else lands, and it stays."""
    short = {value[:_SHORT]: instead for value, instead in named.items() if len(value) == _LONG and "@" not in value}
    wanted = {value.casefold() if "@" in value else value: instead for value, instead in {**short, **named}.items()}

    def instead_of(text: str) -> str | None:
        return wanted.get(text.casefold() if "@" in text else text)

    columns: dict[int | str, dict[Place, str]] = {}
    for cell in document.cells:
        instead = instead_of(cell.text)
        if instead is not None:
            columns.setdefault(cell.column, {})[cell.place] = instead
    entries = [entry for entry in document.entries if any(instead_of(cell.text) for cell in entry.cells)]
    return _accepted(reading, document, entries, {}, list(columns.values()))


def _stripped(
    reading: Reading,
    document: Document,
    own: Sequence[tuple[Entry, _OwnRow]],
    changes: dict[Place, str],
) -> dict[Place, str]:
    """With the cells of a person's own records emptied that nothing but the person needs."""
    columns: dict[int | str, dict[Place, str]] = {}
    for entry, row in own:
        for cell in entry.cells:
            if cell.text and cell.place not in changes:
                columns.setdefault(cell.column, {})[cell.place] = row.stone.title if cell.text == row.title else ""
    return _accepted(reading, document, [entry for entry, _ in own], changes, list(columns.values()))


def _accepted(
    reading: Reading,
    document: Document,
    entries: Sequence[Entry],
    changes: dict[Place, str],
    tried: Sequence[Mapping[Place, str]],
) -> dict[Place, str]:
    """`changes` with those of `tried` that let the same land."""
    if not tried:
        return changes
    written: Callable[[dict[Place, str]], bytes] = partial(document.reduced, entries)
    before = reading.lands(written(changes))
    if before is None:  # some files cannot be read in part
        written = document.with_cells
        before = reading.lands(written(changes))
    for each in tried:
        if reading.lands(written({**changes, **each})) == before:
            changes = {**changes, **each}
    return changes


def _own_rows(extracts: Sequence[Extract], stones: Tombstones) -> list[_OwnRow]:
    """Rows about an erased person."""
    found = []
    for extract in extracts:
        if extract.entity in OWN:
            for row in _rows(extract, (*NAMED_BY[extract.entity], LINE_NUMBER, RAW, "title")):
                stone = next((s for name in NAMED_BY[extract.entity] if (s := _stone(stones, row.get(name)))), None)
                if stone is not None:
                    found.append(_OwnRow(row[LINE_NUMBER], row.get(RAW) or "", stone, (row.get("title") or "").strip()))
    return found


def _own_entries(document: Document, owned: Sequence[_OwnRow]) -> list[tuple[Entry, _OwnRow]]:
    """The records of these rows. Several objects may stand on one line, so these are told by their content."""
    lines = {row.line: row for row in owned}
    objects = {row.raw: row for row in owned}
    own = []
    for entry in document.entries:
        if entry.line in lines:
            row = objects.get(_compact(entry.text)) if entry.text else lines[entry.line]
            if row is not None:
                own.append((entry, row))
    return own


def _compact(text: str) -> str:
    try:
        return compact(json.loads(text))
    except ValueError:
        return ""


def _stone(stones: Tombstones, value: Any) -> Tombstone | None:
    return stones.of(value) if isinstance(value, str) and value.strip() else None


def _ids(extracts: Iterable[Extract]) -> set[str]:
    """Ids of contacts and respondents, as they land."""
    return {
        value.strip()
        for extract in extracts
        for name in NAMED_BY.get(extract.entity, ())
        if name in extract.rows.columns
        for value in extract.rows[name].unique().cast(pl.String)
        if value and value.strip()
    }


def text_of_file(file: IncomingFile) -> str:
    """All text of a file."""
    if file.suffix in {".parquet", ".xlsx"}:
        return "\n".join(cell.text for cell in document_of(file).cells)
    return file.text().text


def _addresses(text: str) -> list[str]:
    return ADDRESS.findall(text) if "@" in text else []


def _rows(extract: Extract, columns: Iterable[str]) -> list[dict[str, Any]]:
    names = [name for name in columns if name in extract.rows.columns]
    return extract.rows.select(names).to_dicts()


def _without_persons(extract: Extract) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Names and rows of the columns that no person's data can be in; empty columns are no columns."""
    entity = ENTITIES[extract.entity]
    personal = {RAW, *NAMED_BY.get(entity.name, ())}
    if entity.name in OWN:
        personal |= {name for name, kind in entity.pii.items() if kind in PERSONAL}
    kept = [name for name in sorted(extract.rows.columns) if name not in personal | {LINE_NUMBER}]
    rows = extract.rows.select(pl.col(kept).cast(pl.String).str.strip_chars())
    rows = rows.with_columns(pl.when(pl.all() != "").then(pl.all()))
    filled = [name for name in kept if rows[name].is_not_null().any()]
    known = {*entity.columns, *entity.technical_columns}
    filled = [name for name in filled if name in known or name.startswith("_")]
    return filled, rows.select(filled).rows()
