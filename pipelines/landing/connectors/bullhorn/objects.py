"""Bullhorn's objects: the names their fields have in the API and in a list view, and how a file's object is told.

A customer can rename every label; API names are stable. Labels here are the usual ones.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Field:
    """`paths`: where the JSON has it; a CSV may have these as headers too. `labels`: headers of a list view."""

    paths: tuple[str, ...]
    labels: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """Lower-cased headers of a CSV."""
        return (*self.labels, *(path.lower() for path in self.paths))


@dataclass(frozen=True)
class BullhornObject:
    """One object. `entity`: what it becomes; `words`: what a CSV file's name calls it; `required`: fields without which
    no row can be used."""

    name: str
    entity: str
    words: str
    fields: Mapping[str, Field]
    required: tuple[str, ...]


_SHARED = {
    "status": Field(("status",)),
    "is_deleted": Field(("isDeleted",), ("is deleted", "deleted")),
    "updated_at": Field(("dateLastModified",), ("date last modified", "last modified")),
}
CLIENT = BullhornObject(
    "ClientCorporation",
    "accounts",
    "client|compan",
    _SHARED
    | {
        "client_id": Field(("id",), ("client corporation id", "company id", "client id")),
        "name": Field(("name",), ("company name", "client name", "company", "client corporation")),
        "parent_account_id": Field(
            ("parentClientCorporation.id",), ("parent company id", "parent client corporation id")
        ),
        "created_on": Field(("dateAdded",), ("date added",)),
        "industry": Field(("industryList", "industryList.data"), ("industry", "industries")),
        "country": Field(("address.countryCode", "address.countryName"), ("country",)),
        "account_id": Field(("externalID",), ("external id",)),
    },
    ("client_id", "name"),
)
JOB_ORDER = BullhornObject(
    "JobOrder",
    "job_orders",
    "job|order",
    _SHARED
    | {
        "order_id": Field(("id",), ("job id", "job order id")),
        "client_id": Field(("clientCorporation.id",), ("client corporation id", "company id", "client id")),
        "client_name": Field(("clientCorporation.name",), ("company", "client corporation", "company name", "client")),
        "account_id": Field(("clientCorporation.externalID",)),
        "opened_on": Field(("dateAdded",), ("date added",)),
        "closed_on": Field(("dateClosed",), ("date closed",)),
        "openings": Field(("numOpenings",), ("# of openings", "number of openings", "num openings", "openings")),
    },
    ("order_id", "opened_on"),
)
PLACEMENT = BullhornObject(
    "Placement",
    "placements",
    "placement",
    _SHARED
    | {
        "placement_id": Field(("id",), ("placement id",)),
        "order_id": Field(("jobOrder.id",), ("job id", "job order id")),
        "client_id": Field(
            ("jobOrder.clientCorporation.id", "clientCorporation.id"),
            ("client corporation id", "company id", "client id"),
        ),
        "client_name": Field(
            ("jobOrder.clientCorporation.name", "clientCorporation.name"),
            ("company", "client corporation", "company name", "client"),
        ),
        "account_id": Field(("jobOrder.clientCorporation.externalID", "clientCorporation.externalID")),
        "ordered_on": Field(("jobOrder.dateAdded",), ("job date added",)),
        "started_on": Field(("dateBegin",), ("start date",)),
    },
    ("placement_id", "order_id", "started_on"),
)
OBJECTS = (PLACEMENT, JOB_ORDER, CLIENT)

_CLIENT_SIGNS = {
    "parentClientCorporation", "industryList", "numOffices", "annualRevenue", "billingContact", "invoiceFormat",
    "feeArrangement", "companyURL",
}  # fmt: skip
_PLACEMENT_LABELS = {"scheduled end", "employee type", "pay rate", "bill rate", "placement fee (%)"}
_OPENINGS_LABELS = set(JOB_ORDER.fields["openings"].headers)


def of_keys(keys: Collection[str]) -> BullhornObject | None:
    """The object of a JSON record, or of a file whose head holds these keys. Submissions and candidates are none."""
    if {"jobOrder", "dateBegin"} <= set(keys):
        return PLACEMENT
    if "clientCorporation" in keys and {"numOpenings", "isOpen", "dateClosed"} & set(keys):
        return JOB_ORDER
    if {"name", "dateAdded"} <= set(keys) and _CLIENT_SIGNS & set(keys):
        return CLIENT
    return None


def of_header(names: Collection[str]) -> BullhornObject | None:
    """The object of a CSV with this lower-cased header; a client's labels are too common to tell it."""
    header = set(names)
    has_job = any(name in header for name in PLACEMENT.fields["order_id"].headers)
    if has_job and ("datebegin" in header or ("start date" in header and _PLACEMENT_LABELS & header)):
        return PLACEMENT
    if _OPENINGS_LABELS & header and {"date added", "dateadded"} & header:
        return JOB_ORDER
    is_api = {"id", "name", "dateadded"} <= header and {name.lower() for name in _CLIENT_SIGNS} & header
    return CLIENT if is_api else None


def of_json_name(name: str) -> BullhornObject | None:
    """The object that a JSON file is named after (`JobOrder_2025.json`)."""
    return next((each for each in OBJECTS if each.name.lower() in name.lower()), None)


def of_csv_name(name: str) -> BullhornObject | None:
    """The object that a CSV file is named after: `bullhorn_placements.csv`, or with the API's name in front.

    `JobOrder.csv` is such a name; `placements.csv` is a template's.
    """
    folded = name.lower()
    if folded.startswith("bullhorn"):
        return next((each for each in OBJECTS if re.search(each.words, folded)), None)
    return next((each for each in OBJECTS if re.match(rf"{each.name.lower()}[^a-z]", folded)), None)
