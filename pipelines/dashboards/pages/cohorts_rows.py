"""Cohorts of clients by the quarter their recurring revenue began, and what became of it. One query.

The cohort of a quarter: clients whose first month with ARR lies in it and that have ARR at its end (s). With e a
client's ARR at a later quarter's end, net retention = sum of e / sum of s, gross = sum of min(s, e) / sum of s: the
metric book's NRR and GRR with the starting quarter's end as M-k. By two ends only, so a client that left and came back
counts again. Calendar quarters, complete ones only. No published table holds them: the rows a reader may see decide
what a cohort is, and these come from fct_arr.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from pipelines.dashboards.pages import segments
from pipelines.dashboards.pages.context import Context

QUARTER_MONTHS = 3

COHORTS = """
    with arr as (
        select fct.client_id, fct.month, sum(fct.arr_{basis}) as arr
        from marts.fct_arr as fct
        inner join marts.dim_clients as clients on clients.client_id = fct.client_id
        where fct.month <= ? and {condition}
        group by fct.client_id, fct.month
    ),

    starts as (
        select client_id, date_trunc('quarter', min(month))::date as cohort from arr group by client_id
    ),

    ends as (
        select client_id, date_trunc('quarter', month)::date as quarter, arr from arr where month(month) % 3 = 0
    ),

    members as (
        select starts.client_id, starts.cohort, ends.arr as start_arr
        from starts
        inner join ends on ends.client_id = starts.client_id and ends.quarter = starts.cohort
    )

    select members.cohort, date_diff('quarter', members.cohort, ends.quarter) as quarters, count(*) as clients,
        sum(members.start_arr)::double as start_arr, sum(ends.arr)::double as net_arr,
        sum(least(ends.arr, members.start_arr))::double as gross_arr
    from members
    inner join ends on ends.client_id = members.client_id and ends.quarter >= members.cohort
    group by members.cohort, quarters
    order by members.cohort, quarters
"""


@dataclass(frozen=True)
class CohortEnd:
    """A cohort at the end of a later quarter: clients with ARR, their ARR, and it capped at what each began with."""

    clients: int = 0
    net_arr: float = 0.0
    gross_arr: float = 0.0


@dataclass(frozen=True)
class Cohort:
    """`starts_on`: first day of the starting quarter. `ends` by quarters since; where nobody is left, they are 0."""

    starts_on: dt.date
    clients: int
    start_arr: float
    ends: dict[int, CohortEnd] = field(default_factory=dict)

    def retention(self, quarters: int, kind: str) -> float | None:
        """Net or gross retention after so many quarters, a fraction of 1; None where they have not passed."""
        end = self.ends.get(quarters)
        return None if end is None else (end.net_arr if kind == "net" else end.gross_arr) / self.start_arr


def read_cohorts(context: Context, month: dt.date) -> list[Cohort]:
    """All cohorts of the context's segment with at least one complete quarter after the first, the oldest first."""
    condition, values = segments.of_clients(context.segment)
    sql = COHORTS.format(basis=context.question.basis, condition=condition)
    by_quarter: dict[dt.date, dict[int, tuple[int, float, float, float]]] = {}
    for starts_on, quarters, *rest in context.release.rows(sql, [month, *values]).rows():
        by_quarter.setdefault(starts_on, {})[quarters] = tuple(rest)
    cohorts = []
    for starts_on, found in by_quarter.items():
        clients, start_arr, _, _ = found[0]
        ends = {}
        for quarters in range(1, quarters_between(starts_on, month) + 1):
            left, _, net, gross = found.get(quarters, (0, 0.0, 0.0, 0.0))
            ends[quarters] = CohortEnd(left, net, gross)
        if ends:
            cohorts.append(Cohort(starts_on, clients, start_arr, ends))
    return cohorts


def quarters_between(starts_on: dt.date, month: dt.date) -> int:
    """Complete quarters after the one that begins on `starts_on`, up to the end of `month`."""
    months = (month.year - starts_on.year) * 12 + month.month - starts_on.month + 1
    return months // QUARTER_MONTHS - 1
