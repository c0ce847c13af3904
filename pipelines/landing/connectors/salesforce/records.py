"""From an object file's text columns to an entity's columns: the table-driven part that all objects share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property

import polars as pl

from pipelines.landing.connector import IS_ACTIVE, LINE_NUMBER, NOTE, RAW, REJECT, Extract, Finding, SourceContext
from pipelines.landing.connectors.salesforce import values
from pipelines.landing.connectors.salesforce.objects import SObject
from pipelines.landing.connectors.salesforce.settings import SalesforceSettings
from pipelines.landing.kit import repeats, times, value_maps

DELETED = "deleted in Salesforce"


class Kind(Enum):
    """How a field's text is read."""

    ID = auto()
    TEXT = auto()
    FLAG = auto()
    NUMBER = auto()
    MONEY = auto()
    CURRENCY = auto()
    DAY = auto()  # a date field
    DAY_OF_TIME = auto()  # the day of a date-time field, in the company's time zone
    TIME = auto()


@dataclass(frozen=True)
class Column:
    """A canonical column and the fields that hold it: the first that is not empty. Settings may name another field."""

    name: str
    kind: Kind
    fields: tuple[str, ...] = ()


def column(name: str, kind: Kind, *fields: str) -> Column:
    return Column(name, kind, fields)


@dataclass
class ObjectFile:
    """One object's rows with the company's settings; a field is addressed by its API name, in any case.

    `frame` holds String columns as exported plus `_line_number`, `_raw` and `_reject` (see `dialects.Table`).
    """

    sobject: SObject
    frame: pl.DataFrame
    settings: SalesforceSettings
    source: SourceContext
    findings: list[Finding] = field(default_factory=list)

    @cached_property
    def _names(self) -> dict[str, str]:
        return {name.strip().lower(): name for name in self.frame.columns}

    def has(self, api_name: str) -> bool:
        return api_name.lower() in self._names

    def text(self, api_name: str) -> pl.Series:
        """The field's trimmed cells, null where empty or where the file lacks the field."""
        name = self._names.get(api_name.lower())
        if name is None:
            return self.empty()
        return values.cells(self.frame[name]).alias(api_name)

    def empty(self) -> pl.Series:
        return self.constant(None)

    def constant(self, value: str | None) -> pl.Series:
        return pl.Series([value], dtype=pl.String).new_from_index(0, self.frame.height)

    def read(self, api_name: str, kind: Kind) -> pl.Series:
        """The field in template format."""
        return self._reader(kind)(self.text(api_name))

    def first(self, kind: Kind, api_names: Iterable[str]) -> pl.Series:
        """The first non-empty of several fields."""
        found = self.empty()
        for name in api_names:
            if self.has(name):
                found = found.fill_null(self.read(name, kind))
        return found

    def _reader(self, kind: Kind) -> Callable[[pl.Series], pl.Series]:
        zone, company_zone = self.settings.time_zone, self.source.company_time_zone
        return {
            Kind.ID: values.ids,
            Kind.TEXT: lambda text: text,
            Kind.FLAG: values.flags,
            Kind.NUMBER: values.numbers,
            Kind.MONEY: values.money,
            Kind.CURRENCY: lambda text: values.currencies(text, self.default_currency),
            Kind.DAY: lambda text: times.days(text, zone, company_zone),
            Kind.DAY_OF_TIME: lambda text: times.days_of_timestamps(text, zone, company_zone),
            Kind.TIME: lambda text: times.timestamps(text, zone),
        }[kind]

    @property
    def default_currency(self) -> str:
        return self.settings.default_currency or self.source.reporting_currency

    def build(self, columns: Iterable[Column]) -> dict[str, pl.Series]:
        """The canonical columns by name. A field named in the settings goes instead of the usual ones."""
        built = {}
        for each in columns:
            custom = self.settings.custom_field(self.sobject.name, each.name)
            if custom is not None:
                self._report_absent(each.name, custom)
            built[each.name] = self.first(each.kind, (custom,) if custom else each.fields)
        return built

    def _report_absent(self, column_name: str, custom: str) -> None:
        if not self.has(custom):
            message = (
                f"The settings take {column_name} from {self.sobject.name}.{custom}, which this file lacks; it stays "
                f"empty. Export that field too, or correct [sources.salesforce.fields.{self.sobject.name}]."
            )
            self.findings.append(Finding("field_not_exported", message, column=column_name, value=custom))

    def is_true(self, api_name: str) -> pl.Series:
        """Boolean: the field says true; empty is false."""
        return (self.read(api_name, Kind.FLAG) == "true").fill_null(False)

    def is_deleted(self) -> pl.Series:
        """Deleted for good. A record merged into another is deleted in Salesforce too, but lives on in that one."""
        return self.is_true("IsDeleted") & self.read("MasterRecordId", Kind.ID).is_null()

    def mapped(self, entity: str, column_name: str, *candidates: pl.Series) -> pl.Series:
        """The first candidate that the company's or the default map knows, else the first that is not empty."""
        return value_maps.apply(self.source.map_values, values.VALUE_MAPS, entity, column_name, candidates)

    def extract(
        self,
        entity: str,
        columns: dict[str, pl.Series],
        notes: Iterable[tuple[str, pl.Series]] = (),
        only: pl.Series | None = None,
        is_derived: bool = False,
    ) -> Extract:
        """The extract of an entity: deleted rows, and those of `notes` (why, Boolean), are marked as inactive.

        `only` keeps the rows that belong to this entity, where an object feeds several.
        """
        note = self._note([(DELETED, self.is_deleted()), *notes])
        rows = pl.DataFrame([series.alias(name) for name, series in columns.items()]).with_columns(
            self.frame[LINE_NUMBER],
            self.frame[RAW],
            note.is_null().alias(IS_ACTIVE),
            note.alias(NOTE),
            self.frame[REJECT],
            self._cells_of_repeated_ids,
        )
        return Extract(
            entity,
            rows if only is None else rows.filter(only),
            is_derived=is_derived,
            findings=self._take_findings(entity),
        )

    def _note(self, notes: list[tuple[str, pl.Series]]) -> pl.Series:
        note = self.empty()
        for why, applies in notes:
            note = note.set(applies & note.is_null(), why)
        return note

    @cached_property
    def _cells_of_repeated_ids(self) -> pl.Series:
        return repeats.cells_of_repeated(self.frame, self.text("Id") if self.has("Id") else None)

    def _take_findings(self, entity: str) -> list[Finding]:
        """The findings so far, each of which belongs to the extract that is made first."""
        taken = [Finding(f.code, f.message, f.entity or entity, f.column, f.value, f.rows) for f in self.findings]
        self.findings.clear()
        return taken
