"""Which object a report's labels are of, and which field each label is. The labels stand in `report_labels.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.landing.kit.headers import fold_label

_LABELS = Path(__file__).with_name("report_labels.csv")
ACTIVITY = "Activity"
# Folded labels: a header that holds all of one set is the object's. In this order: an opportunity has an account's too.
_SIGNS: dict[str, tuple[set[str], ...]] = {
    ACTIVITY: ({"activity id", "date"}, {"assigned", "subject", "company / account"}),
    "Opportunity": ({"opportunity name", "stage"}, {"opportunity id", "stage"}),
    "Case": ({"case number", "account name"}, {"case number", "date/time opened"}, {"case id", "priority"}),
    "Contract": ({"contract number", "account name"}, {"contract id", "account name"}),
    "Contact": ({"last name", "account name", "contact owner"}, {"last name", "account name", "contact id"}),
    "Account": tuple(
        {"account name", label}
        for label in ("account owner", "account id", "parent account", "billing country", "account currency")
    ),
}
# Fields without which no row could be used.
_REQUIRED = {
    "Account": ("Id", "Name"),
    "Opportunity": ("Id", "StageName"),
    "Contact": ("Id", "LastName"),
    "Case": ("Id", "CreatedDate", "Priority"),
    "Contract": ("Id", "StartDate"),
    ACTIVITY: ("Id", "ActivityDate"),
}


@dataclass(frozen=True)
class Label:
    """A label of a report's column: the field it is, and how its cells are written."""

    field: str
    kind: str  # id, text, flag, number, day, time
    label: str


@cache
def labels_of(report: str) -> tuple[Label, ...]:
    """An object's labels; of several for one field the first goes before the others."""
    with _LABELS.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["object"] == report]
    return tuple(Label(row["field"], row["kind"], row["label"]) for row in rows)


def recognise(header: Iterable[str]) -> str | None:
    """The object (Account, Opportunity, Contact, Case, Contract, Activity) a report lists; None where it is none."""
    cells = {fold_label(cell) for cell in header}
    return next((report for report, signs in _SIGNS.items() if any(sign <= cells for sign in signs)), None)


def fields(report: str, header: list[str], own: Mapping[str, str]) -> list[Label]:
    """For each column its field, or the label itself where it is unknown. `own`: the company's labels and API names."""
    by_label = {fold_label(label.label): label for label in labels_of(report)}
    kinds = {label.field: label.kind for label in labels_of(report)}
    custom = {fold_label(label): Label(name, kinds.get(name, "text"), label) for label, name in own.items()}
    cells = [fold_label(cell) for cell in header]
    order = [*custom, *by_label]
    chosen: dict[str, str] = {}
    for label in sorted(set(cells) & set(order), key=order.index):
        chosen.setdefault((custom.get(label) or by_label[label]).field, label)
    return [
        found
        if (found := custom.get(cell) or by_label.get(cell)) and chosen[found.field] == cell
        else Label(written, "text", written)
        for cell, written in zip(cells, header, strict=True)
    ]


def missing(report: str, found: Iterable[Label]) -> list[str]:
    """The labels of the required fields the report lacks; the account may be named by id or by name."""
    names = {label.field for label in found}
    lacking = [field for field in _REQUIRED[report] if field not in names]
    if report != "Account" and not names & {"AccountId", "AccountName"}:
        lacking.append("AccountId")
    return [next(label.label for label in labels_of(report) if label.field == field) for field in lacking]
