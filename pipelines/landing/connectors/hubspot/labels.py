"""HubSpot's labels in seven languages, and which object's export a header is. The labels stand in `labels.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pipelines.landing.kit.headers import fold_label

_LABELS = Path(__file__).with_name("labels.csv")
_ANY = "any"
OBJECTS = ("deals", "tickets", "contacts", "companies")
_IDS = ("hs_object_id", "hs_ticket_id")
# In this order: contacts and deals may have a column with the company's name.
_SIGNS = {
    "deals": ({"dealname"}, {"dealstage"}),
    "tickets": ({"subject"}, {"hs_ticket_id"}),
    "contacts": ({"firstname", "lastname"}, {"firstname", "email"}, {"lastname", "email"}),
    "companies": ({"name"}, {"domain"}),
}
# Zoho's deals begin with `Record Id,Deal Name` too, and name a look-up's id `Account Name.id`.
_ZOHO_ENDING = ".id"


@cache
def properties(of_object: str) -> dict[str, str]:
    """Internal property by folded label, in all languages; internal names stand for themselves."""
    with _LABELS.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["object"] in (of_object, _ANY)]
    internal = {fold_label(row["property"]): row["property"] for row in rows}
    return internal | {fold_label(row["label"]): row["property"] for row in rows}


def recognise(header: Iterable[str]) -> str | None:
    """The object (companies, deals, tickets, contacts) whose export begins with this header; None if it is none."""
    cells = [fold_label(cell) for cell in header]
    if not cells or any(cell.endswith(_ZOHO_ENDING) for cell in cells):
        return None
    for of_object in OBJECTS:
        known = properties(of_object)
        found = {known[cell] for cell in cells if cell in known}
        if known.get(cells[0]) in _IDS and any(sign <= found for sign in _SIGNS[of_object]):
            return of_object
    return None
