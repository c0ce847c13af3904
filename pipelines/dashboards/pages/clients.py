"""Clients: a grid of those with ARR, those that left, or those behind a bar of the ARR bridge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.dashboards import wording
from pipelines.dashboards.pages.choices import TIERS, basis_choice, month_choice
from pipelines.dashboards.pages.clients_rows import BANDS, BRIDGE, CATEGORIES, MOVEMENTS, VALUES, Wanted, read_clients
from pipelines.dashboards.pages.clients_rows import SEGMENT_COLUMNS as COLUMNS_OF
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.question import COMPANY, SEGMENTS
from pipelines.dashboards.pages.view import MOST_ROWS, Choice, Column, Grid, LazyRows, Page, Panel

if TYPE_CHECKING:
    import polars as pl

OWN_QUESTIONS = ("movement", "band", "category", "q", "show")  # of this page: they do not follow to a client
EMPTY = (
    "No recurring revenue has been landed yet, so there are no clients to list. Put the exports of your CRM and "
    "billing system into the inbox and run tenure refresh."
)
# Movement: what the clients did, with the amount after it, and the heading of the amount's column.
DID = {
    "new": ("joined with", "Joined with"),
    "reactivation": ("came back with", "Came back with"),
    "expansion": ("expanded by", "Expansion"),
    "contraction": ("shrank by", "Contraction"),
    "churn": ("left with", "Churned ARR"),
}
MOVEMENT_WORDS = {
    "new": "Joined", "reactivation": "Came back", "expansion": "Expanded", "contraction": "Shrank", "churn": "Left",
}  # fmt: skip
OVERVIEW, MONEY, HEALTH, SERVICE = "Overview", "Money", "Health", "Service"
UNCERTAIN = ", not certain"
FEW_CENTS = Decimal(1)  # amounts that differ by less are the same: a grid counts in binary


@dataclass(frozen=True)
class Asked:
    """What the address asks of this page, and the words for what of it could not be used."""

    wanted: Wanted
    search: str
    refused: tuple[str, ...]


def build(context: Context) -> Page:
    """The clients that the address asks for, of those the reader may see."""
    if context.month is None:
        return Page("Clients", "There are no clients to show yet.", "", empty=EMPTY)
    asked = _asked(context)
    rows = read_clients(context.release, asked.wanted)
    values = context.release.rows(VALUES)
    who = _who(context, values)
    return Page(
        title="Clients",
        headline=_headline(rows, asked.wanted, context, who),
        subtitle=_subtitle(asked.wanted, context),
        panels=(_panel(rows, asked, context, who),),
        choices=_choices(context, asked.wanted, values),
        notice=f"Not understood and left out: {'; '.join(asked.refused)}." if asked.refused else "",
    )


def _asked(context: Context) -> Asked:
    """The question with only values this page knows. Without a segment it is about all clients the reader may see."""
    extra, refused = context.question.extra, list(context.question.refused)

    def known(name: str, values: Iterable[str]) -> str:
        value = extra.get(name, "")
        if value and value not in values:
            refused.append(f"{name} {value}")
            return ""
        return value

    category = extra.get("category", "")
    movement = "churn" if category else known("movement", MOVEMENTS)
    assert context.month is not None
    wanted = Wanted(
        context.month,
        context.question.basis,
        context.question.segment,
        context.question.value,
        movement,
        category,
        known("band", BANDS),
        known("show", ("churned",)) == "churned" and not movement,
    )
    return Asked(wanted, extra.get("q", ""), tuple(refused))


def _who(context: Context, values: pl.DataFrame) -> str:
    """Whom the list is about, as the end of a sentence: `of account manager Ann Lee`; empty for all."""
    segment, value = context.question.segment, context.question.value
    if (segment, value) == COMPANY:
        return ""
    if segment == "am":
        names = {row["am_id"]: row["am_name"] for row in values.to_dicts()}
        return f" of account manager {names.get(value) or value}"
    return f" in {SEGMENTS[segment]} {value}"


def _headline(rows: pl.DataFrame, wanted: Wanted, context: Context, who: str) -> str:
    currency = context.units.currency
    clients = wording.count(rows.height, "client") + who
    period = f"in the 12 months to {wording.month(wanted.month)}"
    banded = f" whose health is {wanted.band}" if wanted.band else ""
    if wanted.movement:
        why = f" for {wanted.category} reasons" if wanted.category and wanted.category != "unclassified" else ""
        why = " without a known reason" if wanted.category == "unclassified" else why
        amount = wording.money(abs(_sum(rows, "moved")))
        if rows.is_empty():
            return f"No client{who}{banded} {DID[wanted.movement][0].split()[0]}{why} {period}."
        return f"{clients}{banded} {DID[wanted.movement][0]} {amount} {currency}{why} {period}."
    if wanted.is_left:
        if rows.is_empty():
            return f"No client{who} has left up to {wording.month(wanted.month)}."
        verb = "has" if rows.height == 1 else "have"
        lost = f"{wording.money(_sum(rows, 'lost'))} {currency}"
        return f"{clients} {verb} left up to {wording.month(wanted.month)}, with {lost} of ARR."
    if rows.is_empty():
        return f"No client{who}{banded} had ARR at the end of {wording.month(wanted.month)}."
    verb = "holds" if rows.height == 1 else "hold"
    return f"{clients}{banded} {verb} {wording.money(_sum(rows, 'arr'))} {currency} of ARR{_at_risk(rows, wanted)}."


def _at_risk(rows: pl.DataFrame, wanted: Wanted) -> str:
    import polars as pl

    red = rows.filter(pl.col("band") == "red")
    if wanted.band or red.is_empty():
        return ""
    return f"; {red.height:,} of them, with {wording.money(_sum(red, 'arr'))}, {'is' if red.height == 1 else 'are'} red"


def _subtitle(wanted: Wanted, context: Context) -> str:
    newest = context.months[-1]
    today = "" if wanted.month == newest else f"; manager, tier and renewal as at {wording.month(newest)}"
    return f"End of {wording.month(wanted.month)}, {context.units.currency}, {context.units.words(wanted.basis)}{today}"


def _panel(rows: pl.DataFrame, asked: Asked, context: Context, who: str) -> Panel:
    wanted = asked.wanted
    did = DID[wanted.movement][0].split()[0] if wanted.movement else "have left" if wanted.is_left else ""
    title = f"Clients{who}{f' that {did}' if did else ' with ARR'}, the largest first"
    subtitle = "Sort by a heading, filter by its menu; files hold all rows and columns, whatever is filtered here"
    if rows.height > MOST_ROWS:
        subtitle = f"The {MOST_ROWS:,} largest; search and the filters above look through all, and files hold all"
    if rows.is_empty():
        why = "Choose another month, or take a filter away."
        return Panel("clients", title, subtitle, empty=why, span=12)
    return Panel(
        "clients", title, subtitle, span=12, grid=_grid(rows, asked, context), remark=_remark(rows, wanted, context)
    )


def _remark(rows: pl.DataFrame, wanted: Wanted, context: Context) -> str:
    """Why the list does not add up to the ARR bridge, where it does not."""
    parts = []
    if "is_provisional" in rows.columns and rows["is_provisional"].any():
        parts.append("ARR marked * is provisional: hours of the month are not billed yet.")
    parameters = {"basis": wanted.basis, "segment": wanted.segment, "value": wanted.value, "first": wanted.first}
    bridge = context.release.rows(BRIDGE, {**parameters, "month": wanted.month})
    if wanted.band or wanted.category or wanted.is_left or bridge.is_empty():
        return " ".join(parts)
    there = bridge.row(0, named=True)[wanted.movement or "end_arr"]
    here = Decimal(repr(_sum(rows, "moved" if wanted.movement else "arr")))
    if abs(there - here) >= FEW_CENTS:
        why = (
            "it also counts clients that are not yours to see now"
            if wanted.movement
            else "it counts clients with the manager and tier they had then"
        )
        parts.append(f"The ARR bridge says {wording.money(abs(there))}: {why}.")
    return " ".join(parts)


def _choices(context: Context, wanted: Wanted, values: pl.DataFrame) -> tuple[Choice, ...]:
    offered = [month_choice(context), basis_choice(context), *_segments(context, values)]
    offered.append(
        Choice(
            "movement", "Movement", (("", "Any"), *((key, MOVEMENT_WORDS[key]) for key in MOVEMENTS)), wanted.movement
        )
    )
    if wanted.movement == "churn":
        categories = context.release.rows(CATEGORIES)["churn_category"].to_list()
        options = (("", "Any"), *((value, wording.sentence_case(value)) for value in categories))
        offered.append(Choice("category", "Reason", options, wanted.category))
    offered.append(
        Choice("band", "Health", (("", "Any"), *((band, wording.sentence_case(band)) for band in BANDS)), wanted.band)
    )
    if not wanted.movement:
        left = "churned" if wanted.is_left else ""
        offered.append(Choice("show", "Show", (("", "With ARR"), ("churned", "That have left")), left))
    return tuple(offered)


def _segments(context: Context, values: pl.DataFrame) -> list[Choice]:
    """One filter a segment that the reader's clients have more than one value of."""
    found = []
    for segment, (column, nobody) in COLUMNS_OF.items():
        shown = "am_name" if segment == "am" else column
        pairs = {row[column] or nobody: row[shown] or row[column] or nobody for row in values.to_dicts()}
        is_asked = context.question.segment == segment
        if len(pairs) < 2 or (segment == "industry" and not is_asked):  # the grid's own filter does for industries
            continue
        order = sorted(pairs, key=lambda value: (TIERS.index(value) if value in TIERS else 0, pairs[value].casefold()))
        options = (("", "All"), *((value, pairs[value]) for value in order))
        chosen = context.question.value if is_asked else ""
        found.append(Choice(segment, wording.sentence_case(SEGMENTS[segment]), options, chosen))
    return found


def _grid(rows: pl.DataFrame, asked: Asked, context: Context) -> Grid:
    wanted = asked.wanted
    has = {name for name in rows.columns if rows[name].null_count() < rows.height}
    columns = [column for column in _columns(wanted, context) if column.field in has or column.field in ALWAYS]
    is_cut = rows.height > MOST_ROWS
    if is_cut and asked.search:
        rows = _found(rows, asked.search)
    totals = {column.field: _sum(rows, column.field) for column in columns if column.summed}
    return Grid(tuple(columns), LazyRows(rows, _row), asked.search, ("client", "clients"), totals, is_cut)


def _found(rows: pl.DataFrame, search: str) -> pl.DataFrame:
    """The rows that have every word in one of their texts, as the grid's own search finds them."""
    import polars as pl

    texts = pl.concat_str(SEARCHED, separator="\n", ignore_nulls=True).str.to_lowercase()
    return rows.filter(*(texts.str.contains(word, literal=True) for word in search.lower().split()))


SEARCHED = ("client_name", "tier", "am_name", "region", "industry", "billing_currency", "band")


ALWAYS = {"client_name", "arr", "change", "change_rate", "range"}


def _columns(wanted: Wanted, context: Context) -> list[Column]:
    unit = context.units.currency
    month, year_ago = wording.month(wanted.month), wording.month(wording.add_months(wanted.month, -12))
    here = context.link("", **dict.fromkeys(OWN_QUESTIONS))
    amount = []
    if wanted.movement:
        amount = [Column("moved", f"{DID[wanted.movement][1]}, {unit}", "number", 130, summed=True,
                         help="In the 12 months, at the time of the movement")]  # fmt: skip
    elif wanted.is_left:
        amount = [
            Column("lost", f"Left with, {unit}", "number", 120, summed=True, help="ARR in the month before it left")
        ]
    answers = "Mean of each respondent's latest answer, 0 to 10, over a year"
    least = context.parameter("nps_minimum_responses")
    horizon = wording.count(context.parameter("renewal_days_ahead"), "day")
    return [
        Column("client_name", "Client", width=200, link="client_id", path=("/clients/", here)),
        *amount,
        Column("arr", f"ARR, {unit}", "number", 120, summed=True),
        Column("change", f"Since {year_ago}", "number", 110, groups=(OVERVIEW, MONEY), help="Change of ARR"),
        Column("change_rate", "In %", "number", 80, groups=(MONEY,), digits=1, help=f"Change of ARR since {year_ago}"),
        Column("tier", "Tier", width=95, groups=(MONEY,)),
        Column("am_name", "Account manager", width=140, groups=(OVERVIEW, MONEY, SERVICE)),
        Column("region", "Region", width=130, groups=(MONEY,)),
        Column("industry", "Industry", width=130, groups=(MONEY,)),
        Column("billing_currency", "Currency", width=95, groups=(MONEY,), help="What the client is billed in"),
        Column("band", "Health", "band", 150, groups=(OVERVIEW, HEALTH),
               help="Not certain: what is not measured could move it into another band"),
        Column("score", "Score", "number", 80, groups=(HEALTH,)),
        Column("range", "Could be", width=95, groups=(HEALTH,), help="Score with all that is not measured lost or won"),
        Column("strip", f"12 months to {month}", "strip", 216, groups=(OVERVIEW, HEALTH)),
        Column("nps", "NPS", "number", 100, groups=(OVERVIEW, HEALTH),
               help=f"Relationship survey, 12 months; below {least} answers only their number"),
        Column("answer_mean", "Mean answer", "number", 110, groups=(HEALTH,), digits=1, help=answers),
        Column("days_to_pay", "Days to pay", "number", 110, groups=(SERVICE, HEALTH)),
        Column("open_escalations", "Open escalations", "number", 105, groups=(OVERVIEW, SERVICE)),
        Column("renewal_on", "Next renewal", width=110, groups=(OVERVIEW, SERVICE),
               help=f"Contracts that end within {horizon} of {wording.date(context.as_of_on)}"),
        Column("last_qbr", "Last QBR", width=100, groups=(SERVICE,), help="Quarter of the latest business review held"),
        Column("churned_month", "Left in", width=100, groups=(OVERVIEW, MONEY)),
    ]  # fmt: skip


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the grid: only what has a value, dates as people sort them."""
    arr, before = row["arr"] or 0.0, row["arr_before"] or 0.0
    cells = {
        **{name: row[name] for name in PLAIN},
        "client_name": row["client_name"] or row["client_id"],
        "arr": row["arr"],
        "arr_shown": f"{arr:,.0f}*" if row["is_provisional"] else None,
        "change": round(arr - before, 2) if before or arr else None,
        "change_rate": round((arr / before - 1) * 100, 4) if before else None,
        "band": None if row["band"] is None else row["band"] + ("" if row["is_certain"] else UNCERTAIN),
        "range": None if row["score_low"] is None else f"{row['score_low']} to {row['score_high']}",
        "nps": None if row["is_too_few"] else row["nps"],
        "nps_shown": f"too few ({row['responses']})" if row["is_too_few"] else None,
        "renewal_on": row["renewal_on"] and row["renewal_on"].isoformat(),
        "last_qbr": row["last_qbr"] and f"{row['last_qbr']:%Y} Q{(row['last_qbr'].month + 2) // 3}",
        "churned_month": row["churned_month"] and f"{row['churned_month']:%Y-%m}",
    }
    return {name: value for name, value in cells.items() if value is not None}


PLAIN = (
    "client_id", "moved", "lost", "tier", "am_name", "region", "industry", "billing_currency", "score", "strip",
    "answer_mean", "days_to_pay", "open_escalations",
)  # fmt: skip


def _sum(rows: pl.DataFrame, column: str) -> float:
    return float(rows[column].sum() or 0.0)
