"""The catalogue of metrics as data: `catalogue.toml`, read and checked. What its keys mean stands at the file's top.

An entry says what a number is and where in the marts it stands; nothing here reads a release.
"""

import tomllib
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from pipelines.explain.answer import Unit
from pipelines.explain.metric import Detail, Ratio, View

FILE = Path(__file__).with_name("catalogue.toml")
COMPANY = "company"
CLIENT = "client"
CLIENT_ATTRIBUTES = {
    "region": "coalesce(clients.region, 'unknown')",
    "industry": "coalesce(clients.industry, 'unknown')",
    "currency": "coalesce(clients.billing_currency, 'unknown')",
}
"""What a client has for all of history, as it stands now (metric book, 1.2): SQL over dim_clients by dimension."""
BASES = ("cc", "reported")


class Data(BaseModel):
    """A table of the file: what is not known in it is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Data):
    """A published table and how its rows are told apart."""

    table: str
    grain: str
    month: str | None = None
    segments: tuple[str, ...] = ()
    by: dict[str, str] = {}
    adds: bool = False
    company: str | None = None
    window: str | None = None
    basis: str | None = None
    name: str | None = None
    rows: str | None = None
    target: str | None = None
    is_met: str | None = None
    band: str | None = None

    @property
    def has_company(self) -> bool:
        """Whether it has a figure of the whole company."""
        return COMPANY in self.segments or self.company is not None or self.adds or not (self.by or self.segments)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What its figures can be cut by."""
        own = (*(segment for segment in self.segments if segment != COMPANY), *self.by)
        return (*own, *CLIENT_ATTRIBUTES) if self.adds and CLIENT in self.by else own


class Place(Data):
    """Where a value stands: a column of a source, or SQL over its row."""

    source: str
    column: str | None = None
    value: str | None = None


class Target(Data):
    """The policy seed that judges a metric, and the name it has there."""

    policy: str
    name: str | None = None


class Explained(Data):
    """How an explanation takes the metric apart, as `metric.Metric` says; `unit`, `formula`, `nothing` where others."""

    relation: str
    shown: tuple[str, ...] = ()
    total: str | None = None
    ratios: tuple[Ratio, ...] = ()
    monthly: Ratio | None = None
    detail: Detail = "arr"
    view: View = "contributions"
    has_start: bool = True
    has_effects: bool = True
    scores_clients: bool = False
    can_be_as_of_run: bool = False
    unit: Unit | None = None
    formula: str | None = None
    nothing: str | None = None


class Semantic(Data):
    """Which rows of dbt's semantic models a relation's metrics are about."""

    measures: str
    rows: str | None = None
    parts: dict[str, str] = {}
    has_both_sums: bool = False


class Entry(Data):
    """A metric of the catalogue. `places` are where it stands: the first that has what is asked for holds the value."""

    name: str
    theme: Literal["retention", "amounts", "service", "kpis", "portfolio"]
    title: str
    formula: str
    unit: Unit
    owner: str
    book: str
    places: tuple[Place, ...]
    sources: tuple[Source, ...]
    dimensions: tuple[str, ...]
    has_company: bool
    every: Literal["month", "quarter"] = "month"
    over_time: Literal["sum", "first", "last"] | None = None
    basis: Literal["cc", "reported"] | None = None
    target: Target | None = None
    nothing: str | None = None
    explain: Explained | None = None
    semantic: bool = True

    @model_validator(mode="after")
    def _fits_its_source(self) -> Self:
        if not self.source.adds and self.nothing is None:
            raise ValueError(f"{self.name}: a value that is read as it stands can be n/a and must say why")
        if self.source.basis and self.basis is None:
            raise ValueError(f"{self.name}: {self.source.table} has two bases; say which it is")
        return self

    @property
    def source(self) -> Source:
        """The first of its sources."""
        return self.sources[0]

    @property
    def table(self) -> str:
        return self.source.table

    @property
    def column(self) -> str:
        """The published column."""
        return self.places[0].column or self.name

    @property
    def published(self) -> str:
        """Table and column."""
        return f"{self.table}.{self.column}"

    @property
    def is_quarterly(self) -> bool:
        return self.every == "quarter"


class Catalogue(Data):
    """All sources and entries, in the file's order."""

    sources: dict[str, Source]
    semantic: dict[str, Semantic]
    entries: dict[str, Entry]

    @cached_property
    def themes(self) -> dict[str, list[Entry]]:
        """The entries by theme."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            found.setdefault(entry.theme, []).append(entry)
        return found

    def twin(self, entry: Entry, basis: str) -> Entry | None:
        """The same number on that basis: the entry itself where its rows have both, else the one named so."""
        if entry.source.basis and not entry.name.endswith(BASES):
            return entry
        stem, _, own = entry.name.rpartition("_")
        return self.entries.get(f"{stem}_{basis}") if own in BASES else None


@cache
def catalogue() -> Catalogue:
    """The catalogue as shipped."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    sources = {name: Source.model_validate(values) for name, values in data["sources"].items()}
    entries = {name: _entry(name, values, data["families"], sources) for name, values in data["metrics"].items()}
    return Catalogue(sources=sources, semantic=data["semantic"], entries=entries)


def _entry(name: str, own: dict[str, Any], families: dict[str, Any], sources: dict[str, Source]) -> Entry:
    values = dict(own)
    family = families[values.pop("family")] if "family" in values else {}
    explain = {**family.get("explain", {}), **values.get("explain", {})}
    values = {**family, **values, "explain": explain or None}
    first = {"source": values.pop("source"), "column": values.pop("column", name), "value": values.pop("value", None)}
    places = [Place(**first), *(Place(**other) for other in values.pop("also", []))]
    found = [sources[place.source] for place in places]
    basis = name.rpartition("_")[2]
    every = [dimension for source in found for dimension in source.dimensions]
    asked = values.pop("dimensions", None)
    return Entry(
        **{
            "basis": basis if basis in BASES else None,
            **values,
            "name": name,
            "target": values.get("target") or None,
            "places": places,
            "sources": found,
            "dimensions": tuple(dict.fromkeys(every if asked is None else asked)),
            "has_company": asked is None and any(source.has_company for source in found),
        }
    )
