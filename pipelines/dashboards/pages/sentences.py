"""Title sentences of the overview, written from its rows: what happened, how much, against what."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.dashboards import wording
from pipelines.dashboards.policy import Bands

if TYPE_CHECKING:
    import polars as pl

UNCHANGED_PP = 0.05  # what one decimal cannot show


def retention_headline(latest: Mapping[str, Any], bands: Bands) -> str:
    """NRR against its target and what currency does to it; empty where NRR is not known."""
    nrr = latest.get("nrr_cc")
    if nrr is None:
        return ""
    parts = f"NRR is {wording.percent(nrr)}{_against_target(nrr, bands)}"
    effect = latest.get("fx_effect_pp")
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
    period = wording.count(months, "month")
    verb = "stayed at" if end == start else "grew to" if end > start else "fell to"
    change = "" if end == start else f" ({wording.money(end - start, sign=True)})"
    return (
        f"ARR {verb} {wording.money(end)}{change} in {period}: {wording.money(won)} won, {wording.money(lost)} lost, "
        f"{_currency_part(amounts['fx'])}."
    )


def trend_title(name: str, lines: pl.DataFrame, bands: Bands) -> str:
    """Where a rate stands against its target and against a year ago, from columns month, cc."""
    known = lines.drop_nulls("cc")
    last = known.row(-1, named=True)
    text = f"{name} is {wording.percent(last['cc'])}{_against_target(last['cc'], bands)}"
    year_ago = dict(zip(known["month"], known["cc"], strict=True)).get(wording.add_months(last["month"], -12))
    if year_ago is None:
        return f"{text}."
    change = (last["cc"] - year_ago) * 100
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

    `movements`: client_id, client_name, movement_type, change_cc, the largest first.
    """
    net = sum(movements["change_cc"].to_list(), Decimal(0))
    first = movements.row(0, named=True)
    verb = "did not change" if net == 0 else f"{'rose' if net > 0 else 'fell'} by {wording.money(abs(net))}"
    return (
        f"{period}, ARR {verb} before currency; {first['client_name'] or first['client_id']} "
        f"{MOVED[first['movement_type']]} ({wording.money(first['change_cc'], sign=True)})."
    )


MOVED = {
    "new": "joined",
    "reactivation": "returned",
    "expansion": "grew most",
    "contraction": "shrank most",
    "churn": "left",
}


def _against_target(value: float, bands: Bands) -> str:
    if bands.target is None:
        return ""
    shortfall = bands.shortfall(value) * 100
    if abs(shortfall) < UNCHANGED_PP:
        return ", on target"
    is_below = value < bands.target
    return f", {wording.points(abs(shortfall))} points {'below' if is_below else 'above'} target"


def _currency_part(effect: Decimal) -> str:
    if effect == 0:
        return "no currency effect"
    return f"currency {'added' if effect > 0 else 'took'} {wording.money(abs(effect))}"
