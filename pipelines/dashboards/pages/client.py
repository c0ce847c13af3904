"""One client: what it is worth and why that changed, how it is and what would help, what comes next."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.client_arr import Event, arr_history, revenue_by_line
from pipelines.dashboards.pages.choices import basis_choice, month_choice
from pipelines.dashboards.pages.client_health import health_panels
from pipelines.dashboards.pages.client_next import next_panels
from pipelines.dashboards.pages.client_rows import HISTORY_MONTHS, ClientRows, read_client
from pipelines.dashboards.pages.client_service import service_panels
from pipelines.dashboards.pages.client_tiles import client_tiles
from pipelines.dashboards.pages.clients import OWN_QUESTIONS
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.movements import NO_OWNER, TYPES
from pipelines.dashboards.pages.question import SEGMENTS
from pipelines.dashboards.pages.view import Page, Panel, Switch, Table, number, text

NOBODY = Page(
    "Client",
    "There is no such client, or it is not yours to see.",
    "",
    empty="Check the address, or choose a client from the list of clients.",
)
MOST_LINES = 6
OTHER_LINES = "other service lines"


def build(context: Context) -> Page:
    """The client whose id the address names."""
    rows = read_client(context, context.item)
    if rows is None:
        return NOBODY
    return Page(
        title=name_of(rows),
        headline=_headline(rows, context),
        subtitle=_subtitle(rows, context),
        tiles=client_tiles(rows, context),
        panels=(
            _arr_panel(rows, context),
            _revenue_panel(rows, context),
            *health_panels(rows),
            *service_panels(rows, context),
            *next_panels(rows, context),
        ),
        choices=(month_choice(context), basis_choice(context)),
    )


def name_of(rows: ClientRows) -> str:
    """The client's name, or its id where it has none."""
    return rows.client["client_name"] or rows.client["client_id"]


def _amounts(rows: ClientRows, context: Context) -> dict[Any, Decimal]:
    return {row["month"]: row[f"arr_{context.question.basis}"] for row in rows.arr}


def _headline(rows: ClientRows, context: Context) -> str:
    amounts, name = _amounts(rows, context), name_of(rows)
    month, currency = rows.month, context.units.currency
    now, before = amounts.get(month), amounts.get(wording.add_months(month, -12))
    if not now:
        left = [row for row in rows.movements if row["movement_type"] == "churn"]
        if not left:
            return f"{name} had no ARR at the end of {wording.month(month)}."
        lost = wording.money(abs(left[-1][f"change_{context.question.basis}"]))
        why = left[-1]["churn_category"]
        reason = "" if why in (None, "unclassified") else f", for {why} reasons"
        return f"{name} left in {wording.month(left[-1]['month'])} with {lost} {currency} of ARR{reason}."
    if not before:
        change = "new within the year"
    elif wording.percent(abs(now / before - 1)) == wording.percent(0):
        change = "unchanged on the year"
    else:
        change = f"{'up' if now > before else 'down'} {wording.percent(abs(now / before - 1))} on the year"
    health = rows.latest_health
    if health is None or health["health_score"] is None:
        end = "its health is not scored"
    elif health["health_band"] == "unknown":
        end = "too little is measured to tell its health"
    else:
        end = f"its health is {health['health_band']} ({health['health_score']})"
    return f"{name} holds {wording.money(now)} {currency} of ARR, {change}; {end}."


def _subtitle(rows: ClientRows, context: Context) -> str:
    client = rows.client
    facts = [
        client["tier"] and f"{wording.sentence_case(client['tier'])} client",
        client["industry"],
        client["region"],
        client["billing_currency"] and f"billed in {client['billing_currency']}",
        client["first_revenue_month"] and f"since {wording.month(client['first_revenue_month'])}",
        f"account manager {client['am_name'] or NO_OWNER}",
        f"end of {wording.month(rows.month)}, {context.units.words(context.question.basis)}",
    ]
    return " · ".join(fact for fact in facts if fact)


def _arr_panel(rows: ClientRows, context: Context) -> Panel:
    amounts = _amounts(rows, context)
    currency, basis = context.units.currency, context.question.basis
    subtitle = f"ARR at the end of each month, {currency}, {context.units.words(basis)}; marks are movements"
    if not amounts:
        return Panel("arr", "There has never been ARR.", subtitle, span=8, section="Revenue",
                     empty="No recurring or usage line of this client was active in a complete month.")  # fmt: skip
    provisional = {row["month"] for row in rows.arr if row["is_provisional"]}
    first = max(min(amounts), wording.add_months(rows.month, 1 - HISTORY_MONTHS))
    months = [first]
    while months[-1] < rows.month:
        months.append(wording.add_months(months[-1], 1))
    balances = [(month, float(amounts.get(month, 0)), month in provisional) for month in months]
    moves = [row for row in rows.movements if row["movement_type"] in TYPES and row["month"] >= first]
    events = [_event(row, basis) for row in moves]
    figures = [arr_history(balances, events, currency, narrow=narrow) for narrow in (False, True)]
    marks = ", ".join(
        f"{mark} {word.lower()}"
        for key, (word, mark, _) in TYPES.items()
        if key in {row["movement_type"] for row in moves}
    )
    remarks = [
        marks and f"{wording.sentence_case(marks)}.",
        provisional & set(months) and "Hatched: provisional, hours not billed yet.",
    ]
    return Panel(
        key="arr",
        title=_arr_title(moves, basis, first),
        subtitle=subtitle,
        figure=figures[0],
        narrow=figures[1],
        table=_movement_table(balances, moves, currency, basis),
        remark=" ".join(part for part in remarks if part),
        span=8,
        section="Revenue",
        switches=_ways_on(rows, context),
    )


def _ways_on(rows: ClientRows, context: Context) -> tuple[Switch, ...]:
    """Where the page leads: the invoice lines behind the ARR, the account manager's own page."""
    plain = dict.fromkeys((*SEGMENTS, *OWN_QUESTIONS))
    basis = context.question.basis
    lines = context.link(f"/explain/arr_{basis}", **{**plain, "client": rows.client["client_id"]})
    found = [Switch("Invoice lines behind this ARR", lines)]
    if rows.client["am_id"]:
        words = f"Scorecard of {rows.client['am_name'] or rows.client['am_id']}"
        found.append(Switch(words, context.link("/account-managers", **{**plain, "am": rows.client["am_id"]})))
    return tuple(found)


def _event(row: dict[str, Any], basis: str) -> Event:
    word, mark, tone = TYPES[row["movement_type"]]
    owner = f", account manager {row['am_name']}" if row["am_name"] else ""
    return Event(row["month"], mark, tone, word.lower() + owner, float(row[f"change_{basis}"]))


def _arr_title(moves: list[dict[str, Any]], basis: str, first: Any) -> str:
    since = wording.month(first)
    if not moves:
        return f"ARR has not moved since {since}."
    up = sum((row[f"change_{basis}"] for row in moves if row[f"change_{basis}"] > 0), Decimal(0))
    down = -sum((row[f"change_{basis}"] for row in moves if row[f"change_{basis}"] < 0), Decimal(0))
    largest = max(moves, key=lambda row: abs(row[f"change_{basis}"]))
    word = TYPES[largest["movement_type"]][0].lower()
    gained, lost = (wording.money(amount) if amount else "nothing" for amount in (up, down))
    return (
        f"Since {since} it gained {gained} and lost {lost}; the largest move was "
        f"{wording.money(largest[f'change_{basis}'], sign=True)} ({word}) in {wording.month(largest['month'])}."
    )


def _movement_table(balances: list[Any], moves: list[dict[str, Any]], currency: str, basis: str) -> Table:
    by_month = {row["month"]: row for row in moves}
    body = []
    for month, amount, _ in reversed(balances):
        move = by_month.get(month)
        word, mark, tone = TYPES[move["movement_type"]] if move else ("", "", "")
        change = move[f"change_{basis}"] if move else None
        exact = round(amount, 2)
        body.append(
            (
                text(wording.month(month)),
                number(wording.exact_money(exact), exact),
                text(word, tone=tone, mark=mark),
                number(wording.exact_money(change) if move else "", change),
                text((move["am_name"] or "") if move else ""),
                text(wording.sentence_case((move["churn_reason"] or move["churn_category"] or "") if move else "")),
            )
        )
    headings = ("Month", f"ARR, {currency}", "Movement", f"Change, {currency}", "Account manager then", "Reason")
    return Table(headings, tuple(body))


def _revenue_panel(rows: ClientRows, context: Context) -> Panel:
    import polars as pl

    column = f"revenue_{context.question.basis}"
    currency = context.units.currency
    shown = rows.revenue.with_columns(pl.col(column).cast(pl.Float64))
    subtitle = f"Recognised revenue a month by service line, {currency}, one scale; beside the name the last 12 months"
    if shown.is_empty():
        return Panel("revenue", "There is no revenue in the last three years.", subtitle, span=4,
                     empty="No invoice line of this client falls into these months.")  # fmt: skip
    months = [wording.add_months(rows.month, -back) for back in range(HISTORY_MONTHS - 1, -1, -1)]
    months = months[months.index(min(shown["month"].to_list())) :]
    found: dict[str, list[float]] = {}
    for row in shown.to_dicts():
        found.setdefault(row["service_line"], [0.0] * len(months))[months.index(row["month"])] += row[column]
    lines = _ordered(found)
    sums = {name: round(sum(amounts[-12:]), 2) for name, amounts in lines.items()}
    total = round(sum(sums.values()), 2)
    largest = max(sums, key=lambda name: sums[name])
    share = f"; {wording.percent(sums[largest] / total)} of it is {largest}" if total > 0 and len(sums) > 1 else ""
    figures = [revenue_by_line(months, lines, currency, narrow=narrow) for narrow in (False, True)]
    return Panel(
        key="revenue",
        title=f"Revenue of the last 12 months is {wording.money(total)}{share}.",
        subtitle=subtitle,
        figure=figures[0],
        narrow=figures[1],
        table=Table(
            ("Month", *lines),
            tuple(
                (
                    text(wording.month(month)),
                    *(
                        number(wording.exact_money(round(amounts[index], 2)), round(amounts[index], 2))
                        for amounts in lines.values()
                    ),
                )
                for index, month in reversed(list(enumerate(months)))
            ),
        ),
        span=4,
    )


def _ordered(found: dict[str, list[float]]) -> dict[str, list[float]]:
    """The largest service lines of the last 12 months first, those beyond the sixth summed."""
    order = sorted(found, key=lambda name: (-sum(found[name][-12:]), -sum(found[name]), name))
    kept = order if len(order) <= MOST_LINES else order[: MOST_LINES - 1]
    lines = {name: found[name] for name in kept}
    if rest := [found[name] for name in order if name not in lines]:
        lines[OTHER_LINES] = [sum(amounts) for amounts in zip(*rest, strict=True)]
    return lines
