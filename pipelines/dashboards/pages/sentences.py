"""Title sentences of the overview, written from its rows: what happened, how much, against what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.dashboards import wording
from pipelines.dashboards.policy import Bands

if TYPE_CHECKING:
    import polars as pl

UNCHANGED_PP = 0.05  # what one decimal cannot show


def retention_headline(latest: Mapping[str, Any], bands: Bands, basis: str = "cc") -> str:
    """NRR against its target and what currency does to it; empty where NRR is not known."""
    nrr = latest.get(f"nrr_{basis}")
    if nrr is None:
        return ""
    name = "Reported NRR" if basis == "reported" else "NRR"
    parts = f"{name} is {wording.percent(nrr)}{against_target(nrr, bands)}"
    effect = latest.get("fx_effect_pp")
    if basis == "reported":
        constant = latest.get("nrr_cc")
        return f"{parts}; in constant currency it is {wording.percent(constant)}."
    if effect is None:
        return f"{parts}."
    if abs(effect) < UNCHANGED_PP:
        return f"{parts}; currency changes nothing."
    return f"{parts}; currency {'adds' if effect > 0 else 'takes'} {wording.points(abs(effect))}."


def waterfall_title(steps: pl.DataFrame, months: int) -> str:
    """How ARR moved, and what won and lost it; currency apart."""
    amounts = dict(zip(steps["kind"], steps["amount"], strict=True))  # the last total wins: the end
    start, end = steps["amount"].to_list()[0], amounts["total"]
    won = amounts["new"] + amounts["reactivation"] + amounts["expansion"]
    lost = -(amounts["contraction"] + amounts["churn"])
    apart = [
        *([_transfer_part(amounts["transfer"])] if "transfer" in amounts else []),
        *([_currency_part(amounts["fx"])] if "fx" in amounts else []),
    ]
    period = wording.count(months, "month")
    verb = "stayed at" if end == start else "grew to" if end > start else "fell to"
    change = "" if end == start else f" ({wording.money(end - start, sign=True)})"
    parts = [f"{wording.money(won)} won", f"{wording.money(lost)} lost", *apart]
    return f"ARR {verb} {wording.money(end)}{change} in {period}: {', '.join(parts)}."


def trend_title(name: str, lines: pl.DataFrame, bands: Bands, basis: str = "cc") -> str:
    """Where a rate stands against its target and against a year ago, from columns month and the basis."""
    known = lines.drop_nulls(basis)
    last = known.row(-1, named=True)
    value = last[basis]
    text = (
        f"{'Reported ' if basis == 'reported' else ''}{name} is {wording.percent(value)}{against_target(value, bands)}"
    )
    year_ago = dict(zip(known["month"], known[basis], strict=True)).get(wording.add_months(last["month"], -12))
    if year_ago is None:
        return f"{text}."
    change = (value - year_ago) * 100
    if abs(change) < UNCHANGED_PP:
        return f"{text}, unchanged on a year ago."
    return f"{text}, {'up' if change > 0 else 'down'} {wording.points(abs(change))} on a year ago."


def churn_title(churn: pl.DataFrame, period: str) -> str:
    """How many left, what they were worth, and why most of it went. `churn`: category, clients, churned_arr."""
    total = sum(churn["churned_arr"].to_list(), Decimal(0))
    clients = sum(churn["clients"].to_list())
    largest = churn.sort("churned_arr", descending=True).row(0, named=True)
    share = float(largest["churned_arr"] / total) if total else 0.0
    why = "without a known reason" if largest["category"] == "unclassified" else largest["category"]
    return (
        f"{wording.count(clients, 'client')} left in {period} with {wording.money(total)} of ARR, "
        f"{wording.percent(share)} of it {why}."
    )


def movements_title(movements: pl.DataFrame, period: str) -> str:
    """The net movement of a period and its largest part.

    `movements`: client_id, client_name, movement_type, change (signed), the largest first.
    """
    net = sum(movements["change"].to_list(), Decimal(0))
    first = movements.row(0, named=True)
    verb = "did not change" if net == 0 else f"{'rose' if net > 0 else 'fell'} by {wording.money(abs(net))}"
    return (
        f"{period}, ARR {verb} before currency; {first['client_name'] or first['client_id']} "
        f"{MOVED[first['movement_type']]} ({wording.money(first['change'], sign=True)})."
    )


def kept_headline(latest: Mapping[str, Any], basis: str) -> str:
    """How much of a year ago is still here, and what it is worth with expansion."""
    nrr, grr = latest.get(f"nrr_{basis}"), latest.get(f"grr_{basis}")
    if nrr is None or grr is None:
        return "Retention over 12 months cannot be measured yet."
    return (
        f"Clients of a year ago kept {wording.percent(grr)} of their ARR; with expansion it is {wording.percent(nrr)}."
    )


def fx_title(known: pl.DataFrame) -> str:
    """What currency does to NRR now, and between which bounds. `known`: month, fx_effect_pp without gaps."""
    effects = known["fx_effect_pp"].to_list()
    last = effects[-1]
    now = (
        "Currency changes nothing about NRR"
        if abs(last) < UNCHANGED_PP
        else f"Currency {'adds' if last > 0 else 'takes'} {wording.points(abs(last))} points "
        f"{'to' if last > 0 else 'from'} NRR"
    )
    if len(effects) == 1:
        return f"{now}."
    low, high = wording.points(min(effects), sign=True), wording.points(max(effects), sign=True)
    return f"{now}; in {wording.count(len(effects), 'month')} it was between {low} and {high}."


def expansion_title(types: pl.DataFrame, words: Mapping[str, str]) -> str:
    """The expansion and its largest part. `types`: expansion_type, change (signed), the largest first."""
    total = sum(types["change"].to_list(), Decimal(0))
    first, last = types.row(0, named=True), types.row(-1, named=True)
    name = words.get(first["expansion_type"], first["expansion_type"]).lower()
    said = f"Clients grew by {wording.money(total)}; {name} gave most ({wording.money(first['change'], sign=True)})"
    if last["change"] >= 0:
        return f"{said}."
    name = words.get(last["expansion_type"], last["expansion_type"]).lower()
    return f"{said}, {name} took {wording.money(-last['change'])}."


def reasons_title(reasons: pl.DataFrame, total: Decimal, no_reason: str) -> str:
    """The reason that cost most. `reasons`: reason, clients, churned_arr, the largest first."""
    first = reasons.row(0, named=True)
    share = float(first["churned_arr"] / total) if total else 0.0
    return (
        f"“{first['reason'] or no_reason}” cost most: {wording.money(first['churned_arr'])} of "
        f"{wording.money(total)} of churned ARR ({wording.percent(share)})."
    )


def surprise_title(known: Sequence[Mapping[str, Any]], month: dt.date) -> str:
    """The newest rate of surprise churn, and whether it is of the month. `known`: month, surprise_churn_rate."""
    last = known[-1]
    at = "" if last["month"] == month else f" (to {wording.month(last['month'])}, the last with a loss)"
    mean = sum(row["surprise_churn_rate"] for row in known) / len(known)
    return (
        f"{wording.percent(last['surprise_churn_rate'])} of what was lost in 3 months{at} came from clients that "
        f"looked green; on average {wording.percent(mean)}."
    )


MOVED = {
    "new": "joined",
    "reactivation": "returned",
    "expansion": "grew most",
    "contraction": "shrank most",
    "churn": "left",
}


def against_target(value: float, bands: Bands) -> str:
    if bands.target is None:
        return ""
    shortfall = bands.shortfall(value) * 100
    if abs(shortfall) < UNCHANGED_PP:
        return ", on target"
    is_below = value < bands.target
    return f", {wording.points(abs(shortfall))} points {'below' if is_below else 'above'} target"


def _transfer_part(amount: Decimal) -> str:
    if amount == 0:
        return "no transfers"
    return f"transfers {'added' if amount > 0 else 'took'} {wording.money(abs(amount))}"


def _currency_part(effect: Decimal) -> str:
    if effect == 0:
        return "no currency effect"
    return f"currency {'added' if effect > 0 else 'took'} {wording.money(abs(effect))}"
