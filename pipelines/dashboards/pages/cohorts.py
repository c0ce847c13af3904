"""The cohort panel: net or gross retention by starting quarter and quarters since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pipelines.dashboards import wording
from pipelines.dashboards.figures.cohort_map import STEPS, CohortRow, cell_words, cohort_map
from pipelines.dashboards.pages import segments
from pipelines.dashboards.pages.choices import segment_words
from pipelines.dashboards.pages.cohorts_rows import Cohort, CohortEnd, read_cohorts
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.view import Panel, Switch, Table, number, text

KINDS = {"net": "Net", "gross": "Gross"}
SWITCH = "cohort"
ALL = "All cohorts"
YEAR = 4  # quarters


def kind_asked(context: Context) -> str:
    """`net` or `gross`, from the address."""
    asked = context.question.extra.get(SWITCH, "net")
    return asked if asked in KINDS else "net"


def cohort_panel(context: Context, month: dt.date) -> Panel:
    """The heat map with its switch between net and gross."""
    kind = kind_asked(context)
    cohorts = read_cohorts(context, month)
    subtitle = (
        f"{KINDS[kind]} retention by the quarter a client's recurring revenue began, % of the ARR at that quarter's "
        f"end, {segment_words(context)}, {context.units.words(context.question.basis)}, to {wording.month(month)}"
    )
    switches = tuple(
        Switch(label, context.link("/retention", **{SWITCH: None if name == "net" else name}), name == kind)
        for name, label in KINDS.items()
    )
    if not cohorts:
        why = "A cohort needs a complete quarter after the one in which its clients began; there is none yet."
        return Panel("cohorts", "No cohort can be followed yet.", subtitle, empty=why, span=12)
    rows = [*(_row(cohort, kind) for cohort in cohorts), _row_of_all(cohorts, kind)]
    return Panel(
        key="cohorts",
        span=12,
        title=_title(cohorts, rows, kind),
        subtitle=subtitle,
        figure=cohort_map(rows),
        narrow=cohort_map(rows, narrow=True),
        table=_table(cohorts, rows, context),
        remark=_remark(cohorts, context, month),
        switches=switches,
    )


def quarter_words(starts_on: dt.date) -> str:
    """Q3 26."""
    return f"Q{(starts_on.month + 2) // 3} {starts_on:%y}"


def _row(cohort: Cohort, kind: str) -> CohortRow:
    return CohortRow(
        quarter_words(cohort.starts_on),
        cohort.clients,
        {
            age: (value, _parts(end, cohort, kind))
            for age, end in cohort.ends.items()
            if (value := cohort.retention(age, kind)) is not None
        },
        cohort.clients < wording.FEW,
    )


def _row_of_all(cohorts: Sequence[Cohort], kind: str) -> CohortRow:
    """Each age over all cohorts that have reached it: sums of ARR, not a mean of rates."""
    cells = {}
    for age in range(1, max(max(cohort.ends) for cohort in cohorts) + 1):
        old = [cohort for cohort in cohorts if age in cohort.ends]
        ends = [cohort.ends[age] for cohort in old]
        one = Cohort(old[0].starts_on, sum(each.clients for each in old), sum(each.start_arr for each in old))
        end = CohortEnd(
            sum(each.clients for each in ends),
            sum(each.net_arr for each in ends),
            sum(each.gross_arr for each in ends),
        )
        one.ends[age] = end
        value = one.retention(age, kind)
        assert value is not None
        cells[age] = (value, _parts(end, one, kind))
    return CohortRow(ALL, sum(cohort.clients for cohort in cohorts), cells)


def _parts(end: CohortEnd, cohort: Cohort, kind: str) -> str:
    amount = wording.exact_money(end.net_arr if kind == "net" else end.gross_arr)
    return (
        f"{amount} of {wording.exact_money(cohort.start_arr)}, "
        f"{end.clients:,} of {wording.count(cohort.clients, 'client')} with ARR"
    )


def _title(cohorts: Sequence[Cohort], rows: Sequence[CohortRow], kind: str) -> str:
    """What is left after a year (or as long as there is), and the cohort that holds least."""
    everyone = rows[-1]
    age = min(YEAR, max(everyone.cells))
    period = "a year" if age == YEAR else wording.count(age, "quarter")
    verb = "are worth" if kind == "net" else "keep"
    said = f"After {period}, cohorts {verb} {wording.percent(everyone.cells[age][0])} of their starting ARR"
    sure = [row for row in rows[:-1] if age in row.cells and not row.is_small]
    if len(sure) < 2:
        return f"{said}."
    least = min(sure, key=lambda row: row.cells[age][0])
    most = max(sure, key=lambda row: row.cells[age][0])
    return (
        f"{said}: most {most.name} ({wording.percent(most.cells[age][0])}), "
        f"least {least.name} ({wording.percent(least.cells[age][0])})."
    )


def _table(cohorts: Sequence[Cohort], rows: Sequence[CohortRow], context: Context) -> Table:
    ages = sorted(rows[-1].cells)
    headings = ("Cohort", "Clients", f"Starting ARR, {context.units.currency}", *(f"+{age}" for age in ages))
    starts = [*(cohort.start_arr for cohort in cohorts), sum(cohort.start_arr for cohort in cohorts)]
    body = [
        (
            text(row.name),
            number(f"{row.clients:,}", row.clients),
            number(wording.money(start), f"{start:.2f}"),
            *(
                number(f"{cell_words(row.cells[age][0], row.is_small)} %", row.cells[age][0])
                if age in row.cells
                else number("", None)
                for age in ages
            ),
        )
        for row, start in zip(rows, starts, strict=True)
    ]
    return Table(headings, tuple(body[:-1]), total=body[-1])


def _remark(cohorts: Sequence[Cohort], context: Context, month: dt.date) -> str:
    limits = [wording.plain_percent(limit) for limit in STEPS]
    parts = [
        f"Orange below {limits[1]}, strong below {limits[0]}; blue from {limits[2]}, strong from {limits[3]}.",
        f"First cohort: revenue before {wording.month(context.months[0])} is not known, its clients may be older.",
    ]
    if any(cohort.clients < wording.FEW for cohort in cohorts):
        parts.append(f"≈ without colour: fewer than {wording.FEW} clients.")
    if segments.is_of_today(context.segment):
        parts.append("Clients that this segment has today.")
    return " ".join(parts)
