"""What a mapping file may say: its keys, checked against the entities' contracts before any file is read.

A mapping file is `<home>/mappings/<source>.toml`. What its words do to a file's rows is in `rows.py` and `cells.py`.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from pipelines.errors import UserError
from pipelines.landing.kit.source_settings import Currency, DateFormat, DateOrder, DecimalMark, TimeZone

if TYPE_CHECKING:
    from pipelines.landing.entities import Entity

ACCOUNT_KEYS = {name: f"_{name}" for name in ("account_key", "account_name", "account_hint", "account_email")}
# Words for values are asked for before files are read: only a template can bring them.
_NOT_MAPPED = {"map_values"}
# It stands in tenure.toml, map_accounts and map_values.
_SOURCE_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Match(_Strict):
    """Which files are this system's: by a pattern of their name, by names in their header row, or by both."""

    file: Names = ()
    headers: Names = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.file and not self.headers:
            raise ValueError("give file (a pattern such as 'beeline_*.csv'), headers (names of columns), or both")
        return self


class Condition(_Strict):
    """A test of one cell: empty or not, or its text in any case. Exactly one test."""

    column: str
    empty: bool | None = None
    equals: Names = ()
    not_equals: Names = ()
    starts_with: Names = ()

    @model_validator(mode="after")
    def _has_one_test(self) -> Self:
        tests = [self.empty is not None, bool(self.equals), bool(self.not_equals), bool(self.starts_with)]
        if sum(tests) != 1:
            raise ValueError("give one of empty, equals, not_equals, starts_with")
        return self


class RowRule(Condition):
    """Rows that are no data (`drop`: layout, such as totals) or take no part (`mark`: landed, and left out).

    `total_of`: a dropped row holds the total of this column, over the rows since the rule's last one (`group`) or over
    all rows of the file (`file`).
    """

    name: str
    treat: Literal["drop", "mark"]
    total_of: str | None = None
    total_over: Literal["file", "group"] = "file"

    @model_validator(mode="after")
    def _only_dropped_rows_are_totals(self) -> Self:
        if self.total_of and self.treat != "drop":
            raise ValueError("total_of needs treat = 'drop': a row that is a total is no data")
        return self


class Cell(_Strict):
    """Where a canonical column comes from: one column of the file, several joined, or a constant.

    `format`: a strptime pattern of its days or times. `values`: the template's words for the file's (any case);
    `otherwise`: the word for all others; `default`: the word for an empty cell. `negate`: the number with the other
    sign. `numbered`: the joined text is followed by its count within the file (for lines that have no number).
    """

    column: str | None = None
    join: tuple[str, ...] = ()
    constant: str | int | float | bool | dt.date | None = None
    separator: str = "-"
    numbered: bool = False
    format: DateFormat | None = None
    values: dict[str, str] = Field(default_factory=dict)
    otherwise: str | None = None
    default: str | None = None
    negate: bool = False

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if sum([self.column is not None, bool(self.join), self.constant is not None]) != 1:
            raise ValueError("give one of column, join, constant")
        if self.numbered and not self.join:
            raise ValueError("numbered needs join")
        if self.otherwise is not None and not self.values:
            raise ValueError("otherwise needs values")
        return self

    @property
    def headers(self) -> tuple[str, ...]:
        """Columns of the file that the cell is made of."""
        return self.join or ((self.column,) if self.column is not None else ())


def _cell(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


CellOrHeader = Annotated[Cell, BeforeValidator(_cell)]


class AccountKeys(_Strict):
    """What the record knows its account by, for the crosswalk."""

    account_key: CellOrHeader | None = None
    account_name: CellOrHeader | None = None
    account_hint: CellOrHeader | None = None
    account_email: CellOrHeader | None = None


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, dict) else value


class EntityMapping(_Strict):
    """One entity's cells by canonical column, and by technical name for the crosswalk."""

    where: Annotated[tuple[Condition, ...], BeforeValidator(_one_or_more)] = ()
    cells: dict[str, CellOrHeader]


class Document(AccountKeys):
    """A whole mapping file, before the entities' columns are checked."""

    description: str = ""
    match: Match
    sheet: str | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    date_order: DateOrder | None = None
    date_format: DateFormat | None = None
    decimal: DecimalMark | None = None
    time_zone: TimeZone | None = None
    default_currency: Currency | None = None
    whole_documents: bool = False
    rows: tuple[RowRule, ...] = ()
    entity: dict[str, dict[str, Any]] = Field(min_length=1)


class MappingFile(_Strict):
    """A mapping file that can be used: every entity and column exists and every required column is filled.

    `entities`: by name, in the order of the file; the first one's grain is that of the file's rows.
    """

    name: str
    text: str
    document: Document
    entities: dict[str, EntityMapping]

    @property
    def headers(self) -> list[str]:
        """All columns of the file that are named, once each, in the order of the mapping file."""
        named = [*self.document.match.headers]
        for entity in self.entities.values():
            named += [header for cell in entity.cells.values() for header in cell.headers]
            named += [condition.column for condition in entity.where]
        named += [name for rule in self.document.rows for name in (rule.column, rule.total_of) if name]
        return list({name.strip().lower(): name.strip() for name in reversed(named)}.values())[::-1]


def read_mapping(path: Path) -> MappingFile:
    """The mapping in a file. Raises UserError naming the file, the key and what is known in its place."""
    if not _SOURCE_NAME.fullmatch(path.stem):
        raise _wrong(
            path, "its name is no source's name", "Use small letters, digits and underscores, such as my_vms.toml."
        )
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(path, f"it is no valid TOML: {error}", "Correct the file.") from None
    except OSError as error:
        raise _wrong(path, f"it cannot be opened: {error.strerror}", "Check the file and its rights.") from None
    try:
        document = Document(**table)
        entities = {name: _entity(path, document, name, own) for name, own in document.entity.items()}
    except ValidationError as error:
        raise _as_user_error(path, error, Document) from None
    return MappingFile(name=path.stem, text=text, document=document, entities=entities)


def _entity(path: Path, document: Document, name: str, table: Mapping[str, Any]) -> EntityMapping:
    from pipelines.landing.entities import ENTITIES

    known = sorted(
        entity.name for entity in ENTITIES.values() if entity.is_canonical and entity.name not in _NOT_MAPPED
    )
    if name not in known:
        raise _wrong(path, f"[entity.{name}]: there is no such entity", _use_one_of(name, known))
    entity = ENTITIES[name]
    keys = [*entity.columns, "where", *(ACCOUNT_KEYS if entity.has_crosswalk else ())]
    for key in table:
        if key not in keys:
            raise _wrong(path, f"[entity.{name}] {key}: {name} has no such column", _use_one_of(key, keys))
    cells = {ACCOUNT_KEYS.get(key, key): value for key, value in table.items() if key != "where"}
    try:
        mapping = EntityMapping.model_validate({"where": table.get("where", ()), "cells": cells})
    except ValidationError as error:
        raise _as_user_error(path, error, Cell, f"entity.{name}") from None
    return _complete(path, document, entity, mapping)


def _complete(path: Path, document: Document, entity: Entity, mapping: EntityMapping) -> EntityMapping:
    """With account keys that stand above the entities. Raises UserError where something is missing."""
    cells = dict(mapping.cells)
    if entity.has_crosswalk and not any(name in cells for name in ACCOUNT_KEYS.values()) and "account_id" not in cells:
        above = {technical: getattr(document, name) for name, technical in ACCOUNT_KEYS.items()}
        cells |= {technical: cell for technical, cell in above.items() if cell is not None}
    is_foreign = any(name in cells for name in ACCOUNT_KEYS.values())
    # A default currency may stand in tenure.toml, which is asked when a file is read.
    elsewhere = {"currency", *(("account_id",) if is_foreign else ())}
    missing = [column for column in entity.required if column not in cells and column not in elsewhere]
    if missing:
        hints = {"account_id": " (or account_key, account_name, ... in its place)"}
        named = ", ".join(name + hints.get(name, "") for name in missing)
        raise _wrong(path, f"[entity.{entity.name}] lacks {named}", f"Name a column or a constant for {missing[0]}.")
    return mapping.model_copy(update={"cells": cells})


def _as_user_error(path: Path, error: ValidationError, known: type[BaseModel], inside: str = "") -> UserError:
    first = error.errors()[0]
    loc = [str(part) for part in first["loc"] if part != "cells"]
    key = ".".join([inside, *loc] if inside else loc)
    if first["type"] == "extra_forbidden":
        model = _MODELS.get(loc[0], known) if len(loc) > 1 else known
        return _wrong(path, f"{key}: unknown key", _use_one_of(loc[-1], sorted(model.model_fields)))
    if first["type"] == "missing":
        return _wrong(path, f"{key} is missing", "Add it; docs/connectors/mapped.md has a whole example.")
    return _wrong(path, f"{key}: {first['msg'].removeprefix('Value error, ')}", "Correct the value.")


_MODELS: dict[str, type[BaseModel]] = {
    "match": Match, "rows": RowRule, "where": Condition, **dict.fromkeys(ACCOUNT_KEYS, Cell),
}  # fmt: skip


def _use_one_of(wrong: str, known: list[str]) -> str:
    near = get_close_matches(wrong, known, n=1)
    meant = f"Perhaps {near[0]} is meant. " if near else ""
    return f"{meant}Use one of: {', '.join(known)}."


def _wrong(path: Path, what: str, do: str) -> UserError:
    return UserError(f"mapping file {path.name}: {what}", where=str(path), done="nothing was landed", do=do)
