"""Who is meant by an id or address: all that the lake knows of the person, which is all that an erasure looks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.landing.ledger import Ledger
from pipelines.privacy.originals import ERASED, NAMED_BY, OWN
from pipelines.privacy.pseudonyms import erased_as, hashed, masked

_LEAST_COMMENT = 12  # a shorter text ("ok, thanks") is anybody's
LONG_ID = 12


@dataclass
class Person:
    """One person's values: `ids` of contacts and respondents, `addresses`, full `names`, `comments`; rows they have."""

    ids: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    comments: set[str] = field(default_factory=set)
    shared_names: set[str] = field(default_factory=set)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """Names and comments to be replaced wherever they stand, the longest first."""
        return sorted({*self.names, *self.comments}, key=lambda text: (-len(text), text))

    def exact(self, key: str, keeps_ids: bool) -> dict[str, str]:
        """What stands for the person in columns of ids, and what is to stand there."""
        values = {*self.addresses, *(() if keeps_ids else self.ids)}
        return {
            **{value: erased_as(hashed(key, value), value) for value in values},
            **{masked(key, each): erased_as(hashed(key, each), each) for each in self.addresses},
        }

    def anywhere(self, key: str, keeps_ids: bool) -> dict[str, str]:
        """The same for any text: only what can mean nothing else, the longest first."""
        exact = self.exact(key, keeps_ids)
        found = {value: to for value, to in exact.items() if "@" in value or len(value) >= LONG_ID}
        found |= dict.fromkeys(self.texts, ERASED)
        return dict(sorted(found.items(), key=lambda each: (-len(each[0]), each[0])))


def find_person(ledger: Ledger, wanted: str) -> Person:
    """The contact and respondent with this id or address, and everything else they are known by."""
    frames = {entity: _rows(ledger.lake, entity) for entity in OWN}
    person, known = Person(), {_key(wanted)}
    while True:  # an address leads to a respondent, whose other answers lead to other addresses
        before = len(known)
        for entity, rows in frames.items():
            own = _of(rows, entity, known)
            person.rows[entity] = own.height
            for column in NAMED_BY[entity]:
                values = {value.strip() for value in own[column].drop_nulls() if value.strip()}
                known |= {_key(value) for value in values}
                person.addresses |= {value for value in values if "@" in value}
                person.ids |= {value for value in values if "@" not in value}
            person.names |= _texts(own, "name", lambda text: " " in text)
            person.comments |= _texts(own, "comment", lambda text: len(text) >= _LEAST_COMMENT)
        if len(known) == before:
            break
    person.ids = {value for value in person.ids if not value.startswith("erased-")}
    person.addresses = {value for value in person.addresses if not value.startswith("erased-")}
    _spare_accounts(person, ledger.lake)
    return person


def _key(value: str) -> str:
    return value.strip().casefold() if "@" in value else value.strip()


def _rows(lake: Path, entity: str) -> pl.DataFrame:
    from pipelines.landing.entities import ENTITIES

    columns = [*NAMED_BY[entity], *(name for name in ("name", "comment") if name in ENTITIES[entity].columns)]
    frames = [pl.read_parquet(path, columns=columns) for path in sorted((lake / entity).glob("*.parquet"))]
    return pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys(columns, pl.String))


def _of(rows: pl.DataFrame, entity: str, known: set[str]) -> pl.DataFrame:
    def is_known(column: str) -> pl.Expr:
        text = pl.col(column).str.strip_chars()
        is_address = text.str.contains("@", literal=True)
        return pl.when(is_address).then(text.str.to_lowercase()).otherwise(text).is_in(sorted(known)).fill_null(False)

    return rows.filter(pl.any_horizontal(is_known(column) for column in NAMED_BY[entity]))


def _texts(rows: pl.DataFrame, column: str, is_telling: object) -> set[str]:
    if column not in rows.columns or not callable(is_telling):
        return set()
    return {text.strip() for text in rows[column].drop_nulls() if is_telling(text.strip())}


def _spare_accounts(person: Person, lake: Path) -> None:
    """A name that is also (part of) an account's is replaced in the person's own records only."""
    for path in sorted((lake / "accounts").glob("*.parquet")):
        for name in pl.read_parquet(path, columns=["name"])["name"].drop_nulls():
            person.shared_names |= {own for own in person.names if own.casefold() in name.casefold()}
    person.names -= person.shared_names
