"""From an export's text columns to an entity's columns: the table-driven part that all HubSpot objects share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, reduce

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT, Extract, Finding, Refused, SourceContext
from pipelines.landing.connectors.hubspot.labels import properties
from pipelines.landing.connectors.hubspot.settings import HubSpotSettings
from pipelines.landing.connectors.hubspot.values import VALUE_MAPS, flags
from pipelines.landing.entities import ENTITIES
from pipelines.landing.kit import local_formats, repeats, times, value_maps
from pipelines.landing.kit.headers import fold_label
from pipelines.landing.kit.source_settings import DecimalMark
from pipelines.landing.reading.dialects import Table

SOURCE = "hubspot"
# Properties that hold days or times, and those that hold amounts.
_TIMES = (
    "createdate",
    "closedate",
    "closed_date",
    "contract_start_date",
    "contract_end_date",
    "first_agent_reply_date",
)
_AMOUNTS = ("amount", "amount_in_home_currency", "hs_tcv")
_CLOCK = r"\d:\d\d"


@dataclass(frozen=True)
class Column:
    """A canonical column and the properties that hold it: the first that is not empty. Settings may name another."""

    name: str
    properties: tuple[str, ...] = ()
    is_day_of_time: bool = False


def column(name: str, *names: str) -> Column:
    return Column(name, names)


@dataclass
class ObjectFile:
    """One object's rows with the company's settings; a column is addressed by its internal property name.

    `table` holds String columns as exported (see `dialects.Table`).
    """

    of_object: str
    table: Table
    settings: HubSpotSettings
    source: SourceContext
    exported_at: dt.datetime | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def frame(self) -> pl.DataFrame:
        return self.table.rows

    @cached_property
    def _columns(self) -> dict[str, list[str]]:
        """The file's columns by folded label, and by property where the label is known."""
        known = properties(self.of_object)
        found: dict[str, list[str]] = {}
        for label, name in zip(self.table.header, self.table.columns, strict=True):
            folded = fold_label(label)
            for key in dict.fromkeys((folded, known.get(folded, folded))):
                found.setdefault(key, []).append(name)
        return found

    def has(self, name: str) -> bool:
        return fold_label(name) in self._columns

    def text(self, name: str) -> pl.Series:
        """The trimmed cells of a property or label, null where empty or absent.

        Raises Refused where two columns go by the name and differ: nobody can say which one is meant.
        """
        names = self._columns.get(fold_label(name), [])
        cells = [self.frame[each].str.strip_chars().replace("", None) for each in names]
        for other in cells[1:]:
            if (cells[0] != other).any():
                raise Refused(
                    f"It has {len(names)} columns for '{name}' whose values differ.",
                    "Export the internal names instead of labels, or leave out the column that is not meant.",
                )
        return reduce(pl.Series.fill_null, cells).alias(name) if cells else self.constant(None).alias(name)

    def constant(self, value: str | None) -> pl.Series:
        return pl.Series([value], dtype=pl.String).new_from_index(0, self.frame.height)

    @property
    def default_currency(self) -> str:
        return self.settings.default_currency or self.source.reporting_currency

    @cached_property
    def zone(self) -> str:
        return self.settings.time_zone or self.source.company_time_zone

    def _cells_of(self, names: Iterable[str], kinds: Iterable[str]) -> list[pl.Series]:
        """The cells of some properties, and of the settings' own ones that are of some kinds."""
        own = [label for key, label in self.settings.columns.items() if _kinds(key) & set(kinds)]
        return [self.text(name) for name in dict.fromkeys([*names, *own]) if self.has(name)]

    @cached_property
    def _date_style(self) -> local_formats.DateStyle:
        cells = self._cells_of(_TIMES, ("date", "ts"))
        return local_formats.date_style(cells, self.settings, SOURCE)

    @cached_property
    def _decimal_mark(self) -> DecimalMark:
        cells = self._cells_of(_AMOUNTS, ("money", "num"))
        return local_formats.decimal_mark(cells, self.settings.decimal, SOURCE)

    def day(self, cells: pl.Series) -> pl.Series:
        """Days; a cell with a time of day is a point in time, whose day is that of the company's time zone."""
        is_time = cells.str.contains(_CLOCK).fill_null(False)
        points = times.days_of_timestamps(self.time(cells.set(~is_time, None)), "UTC", self.source.company_time_zone)
        return points.zip_with(is_time, local_formats.days(cells, self._date_style))

    def time(self, cells: pl.Series) -> pl.Series:
        return local_formats.timestamps(cells, self._date_style, self.zone)

    def number(self, cells: pl.Series) -> pl.Series:
        return local_formats.numbers(cells, self._decimal_mark)

    def _reader(self, kind: str) -> Callable[[pl.Series], pl.Series]:
        readers: dict[str, Callable[[pl.Series], pl.Series]] = {
            "date": self.day,
            "ts": self.time,
            "money": self.number,
            "num": self.number,
            "bool": flags,
            "cur": lambda cells: cells.str.to_uppercase(),
        }
        return readers.get(kind, lambda cells: cells)

    def build(self, entity: str, columns: Iterable[Column]) -> dict[str, pl.Series]:
        """The entity's columns by name. A property named in the settings goes instead of the usual ones."""
        usual = {each.name: each.properties for each in columns}
        built = {}
        for name, kind in ENTITIES[entity].kinds.items():
            own = self.settings.label(entity, name)
            if own is None and name not in usual:
                continue
            if own is not None and not self.has(own):
                self._report_absent(entity, name, own)
            cells = [self.text(each) for each in ((own,) if own else usual[name])]
            first = reduce(pl.Series.fill_null, cells) if cells else self.constant(None)
            built[name] = self._reader(kind)(first).alias(name)
        return built

    def _report_absent(self, entity: str, name: str, label: str) -> None:
        message = (
            f"The settings take {entity}.{name} from '{label}', which this file lacks; it stays empty. Export that "
            "property too, or correct [sources.hubspot.columns]."
        )
        self.findings.append(Finding("field_not_exported", message, entity, name, label))

    def mapped(self, entity: str, column_name: str, *candidates: pl.Series) -> pl.Series:
        """The first candidate that the company's or the default map knows, else the first that is not empty."""
        return value_maps.apply(self.source.map_values, VALUE_MAPS, entity, column_name, candidates)

    def extract(
        self,
        entity: str,
        columns: dict[str, pl.Series],
        reject: pl.Series | None = None,
        only: pl.Series | None = None,
        is_derived: bool = False,
    ) -> Extract:
        """The extract of an entity. `reject`: why a row cannot be used; `only` keeps this entity's rows."""
        unreadable = self.frame[REJECT]
        rows = pl.DataFrame([series.alias(name) for name, series in columns.items()]).with_columns(
            self.frame[LINE_NUMBER],
            self.frame[RAW],
            (unreadable if reject is None else unreadable.fill_null(reject)).alias(REJECT),
            self._cells_of_repeated_ids,
        )
        findings, self.findings = self.findings, []
        kept = rows if only is None else rows.filter(only)
        return Extract(entity, kept, self.exported_at, is_derived=is_derived, findings=findings)

    @cached_property
    def ids(self) -> pl.Series:
        """The record's id."""
        names = ("hs_ticket_id", "hs_object_id") if self.of_object == "tickets" else ("hs_object_id",)
        return reduce(pl.Series.fill_null, [self.text(name) for name in names])

    @cached_property
    def _cells_of_repeated_ids(self) -> pl.Series:
        return repeats.cells_of_repeated(self.frame, self.ids)


def _kinds(key: str) -> set[str]:
    """The kinds of the canonical columns a key of the settings' `columns` names."""
    entity, _, name = key.rpartition(".")
    entities = [ENTITIES[entity]] if entity else ENTITIES.values()
    return {each.kinds[name] for each in entities if name in each.kinds}
