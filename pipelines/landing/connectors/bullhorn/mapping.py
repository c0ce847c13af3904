"""What Bullhorn's objects become: accounts or links to accounts, job orders, placements."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from pipelines.landing.connector import IS_ACTIVE, NOTE, RAW, REJECT, Extract, SourceContext
from pipelines.landing.connectors.bullhorn.cells import ObjectCells
from pipelines.landing.connectors.bullhorn.objects import CLIENT, JOB_ORDER
from pipelines.landing.connectors.bullhorn.settings import BullhornSettings
from pipelines.landing.connectors.salesforce.values import ids
from pipelines.landing.kit import countries, local_formats, tickets, times
from pipelines.landing.kit.labels import constant
from pipelines.landing.kit.repeats import cells_of_repeated

DELETED = "deleted in Bullhorn"
CANCELLED = "its status says that it never began"
NO_LINK = "externalID names no account of the CRM: its name decides"
NO_CLIENT = "it does not name its client: export jobOrder(id,clientCorporation(id,name)), or the column Company"
_DATES = ("opened_on", "closed_on", "ordered_on", "started_on", "created_on", "updated_at")
_EPOCH_MILLISECONDS = r"^-?\d{9,14}$"
_TRUE = ("true", "yes", "1")
_ARCHIVED = ("archive", "archived", "deleted")


def extracts(found: list[ObjectCells], settings: BullhornSettings, source: SourceContext) -> list[Extract]:
    """One extract an object of the file."""
    return [_Records(each, settings, source).extract() for each in found]


class _Records:
    """The records of one object, with times and days made template formats."""

    def __init__(self, found: ObjectCells, settings: BullhornSettings, source: SourceContext) -> None:
        self.found = found
        self.settings = settings
        self.source = source
        self.cells = dict(found.cells)
        dates = [self.cells[name] for name in _DATES if name in self.cells]
        style = local_formats.date_style(dates, settings, "bullhorn")
        zone = settings.time_zone or source.company_time_zone
        for name in set(_DATES) & set(self.cells):
            instants = _instants(self.cells[name], style, zone)
            self.cells[name] = instants if name.endswith("_at") else _days(self.cells[name], instants, style, zone)

    def extract(self) -> Extract:
        if self.found.sobject == CLIENT:
            return self._accounts() if self.settings.is_crm else self._links()
        return self._orders() if self.found.sobject == JOB_ORDER else self._placements()

    def _accounts(self) -> Extract:
        currency = self.settings.default_currency or self.source.reporting_currency
        country, findings = countries.codes(self.cells["country"], self.source.map_values, "bullhorn", "address")
        self.found.findings += findings
        columns = {
            "account_id": self.cells["client_id"],
            "name": self.cells["name"],
            "parent_account_id": self.cells["parent_account_id"],
            "industry": self.cells["industry"],
            "country": country,
            "created_on": self.cells["created_on"],
            "billing_currency": self._constant(currency),
        }
        return self._extract("accounts", columns)

    def _links(self) -> Extract:
        """Clients whose external id is the CRM's account id link their orders and placements to it."""
        account_id = ids(self.cells["account_id"])
        columns = {
            "source_key": self.cells["client_id"],
            "source": self._constant("bullhorn"),
            "account_id": account_id,
        }
        return self._extract("account_external_ids", columns, [(NO_LINK, account_id.is_null())])

    def _orders(self) -> Extract:
        columns = {name: self.cells[name] for name in ("order_id", "opened_on", "closed_on", "openings")}
        return self._extract("job_orders", columns | self._account())

    def _placements(self) -> Extract:
        columns = {name: self.cells[name] for name in ("placement_id", "order_id", "ordered_on", "started_on")}
        never_began = tickets.is_one_of(self.cells["status"], self.settings.cancelled_statuses)
        return self._extract("placements", columns | self._account(), [(CANCELLED, never_began)])

    def _account(self) -> dict[str, pl.Series]:
        """The client is the account itself where Bullhorn is the CRM; where only its name is known, that decides."""
        key = self.cells["client_id"].fill_null(self.cells["client_name"])
        account = {"account_id": self.cells["client_id"]} if self.settings.is_crm else {}
        return account | {
            "_account_key": key,
            "_account_name": self.cells["client_name"],
            "_account_hint": ids(self.cells["account_id"]),
        }

    def _extract(
        self, entity: str, columns: dict[str, pl.Series], notes: Iterable[tuple[str, pl.Series]] = ()
    ) -> Extract:
        """The entity's rows; the first of the columns is its key."""
        is_deleted = tickets.is_one_of(self.cells["is_deleted"], _TRUE) | tickets.is_one_of(
            self.cells["status"], _ARCHIVED
        )
        note = self._constant(None)
        for why, applies in [(DELETED, is_deleted), *notes]:
            note = note.set(applies & note.is_null(), why)
        rows = self.found.about.with_columns(
            cells_of_repeated(self.found.about.select(pl.col(RAW).alias("record")), next(iter(columns.values()))),
            *(cells.alias(name) for name, cells in columns.items()),
            note.is_null().alias(IS_ACTIVE),
            note.alias(NOTE),
        )
        if "_account_key" in columns:
            has_no_client = pl.col("_account_key").is_null() & pl.col(IS_ACTIVE) & pl.col(REJECT).is_null()
            rows = rows.with_columns(
                pl.when(has_no_client).then(pl.lit(NO_CLIENT)).otherwise(pl.col(REJECT)).alias(REJECT)
            )
        newest = tickets.newest(self.cells["updated_at"])
        return Extract(entity, rows, newest, findings=self.found.findings)

    def _constant(self, value: str | None) -> pl.Series:
        return constant(value, self.found.about.height)


def _instants(cells: pl.Series, style: local_formats.DateStyle, zone: str) -> pl.Series:
    """Epoch milliseconds, ISO or local times as ISO 8601 in UTC."""
    is_epoch = cells.str.contains(_EPOCH_MILLISECONDS).fill_null(False)
    moments = cells.set(~is_epoch, None).cast(pl.Int64, strict=False).cast(pl.Datetime("ms"))
    written = local_formats.timestamps(cells.set(is_epoch, None), style, zone)
    return moments.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ").fill_null(written)


def _days(cells: pl.Series, instants: pl.Series, style: local_formats.DateStyle, zone: str) -> pl.Series:
    """The days of these times in Bullhorn's zone, in which it writes a day as its midnight; written days stay."""
    is_moment = cells.str.contains(rf"{_EPOCH_MILLISECONDS}|T.*(?:Z|[+-]\d\d:?\d\d)$").fill_null(False)
    days = times.days_of_timestamps(instants.set(~is_moment, None), "UTC", zone)
    return days.fill_null(local_formats.days(cells.set(is_moment, None), style))
