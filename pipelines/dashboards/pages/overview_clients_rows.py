"""Clients behind the overview: ARR by health band, the largest at risk, the largest expansions. Queries only.

Health and ARR are as at the end of the month; which clients a segment has, and their contracts, are of today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.dashboards.pages import segments
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.overview_rows import WINDOW_MONTHS, last_day
from pipelines.dashboards.wording import add_months

if TYPE_CHECKING:
    import polars as pl

LISTED = 8
# Components of health: the name in the policy, its column of points, how readers call it.
COMPONENTS = (
    ("hiring", "hiring_points", "hiring"),
    ("payment", "payment_points", "payment"),
    ("nps", "nps_points", "satisfaction"),
    ("executive", "executive_points", "executive contact"),
    ("expansion", "expansion_points", "expansion pipeline"),
    ("issue", "issue_points", "escalations"),
)

SCORED = """
    with arr as (
        select client_id, sum(arr_{basis}) as arr from marts.fct_arr where month = ? group by client_id
    ),

    scored as (
        select health.*, clients.client_name, clients.am_name, arr.arr
        from marts.fct_client_health as health
        inner join arr on arr.client_id = health.client_id
        left join marts.dim_clients as clients on clients.client_id = health.client_id
        where health.as_of_on = ? and {condition}
    )
"""

BY_BAND = """
    select coalesce(health_band, 'unknown') as health_band, count(*) as clients, sum(arr)::decimal(38, 2) as arr
    from scored
    group by all
"""

# The ARR that the missing part of the score stands for; how sure a loss is, nobody knows.
RISKS = """,

    renewals as (
        select client_id, min(ends_on) as ends_on, arg_min(renewal_status, ends_on) as renewal_status
        from marts.fct_renewals
        where {has_renewals}
        group by client_id
    )

    select scored.client_id, scored.client_name, scored.am_name, scored.arr, scored.health_score, scored.health_band,
        scored.hiring_points, scored.payment_points, scored.nps_points, scored.executive_points,
        scored.expansion_points, scored.issue_points, renewals.ends_on, renewals.renewal_status,
        count(*) over () as clients, (sum(scored.arr) over ())::decimal(38, 2) as total_arr
    from scored
    left join renewals on renewals.client_id = scored.client_id
    where scored.health_band in ('red', 'yellow') or renewals.renewal_status = 'late'
    order by scored.arr * (100 - scored.health_score) desc, scored.arr desc, scored.client_id
    limit ?
"""

EXPANSIONS = """,

    won as (
        select client_id, sum(change_cc) as won
        from marts.fct_arr_movements
        where movement_type = 'expansion' and month between ? and ?
        group by client_id
    )

    select scored.client_id, scored.client_name, scored.am_name, scored.arr, scored.health_score, scored.health_band,
        coalesce(scored.open_expansion_cc, 0) as open_expansion, coalesce(won.won, 0) as won,
        count(*) over () as clients,
        count(*) filter (where scored.open_expansion_cc > 0) over () as clients_with_open,
        (sum(coalesce(scored.open_expansion_cc, 0)) over ())::decimal(38, 2) as total_open,
        (sum(coalesce(won.won, 0)) over ())::decimal(38, 2) as total_won
    from scored
    left join won on won.client_id = scored.client_id
    where scored.open_expansion_cc > 0 or won.won > 0
    order by open_expansion desc, won desc, scored.client_id
    limit ?
"""

STRIPS = """
    select client_id, month, health_band
    from marts.fct_client_health
    where is_month_end and month between ? and ? and list_contains(?, client_id)
"""

MAXIMUM_POINTS = """
    select component, maximum_points
    from policy.health_components as components
    where valid_from = (
        select max(valid_from) from policy.health_components as newest
        where newest.component = components.component and newest.valid_from <= ?
    )
"""

TARGETS = """
    select health_band, target_rate::double as target_rate, comparison
    from policy.health_targets as targets
    where valid_from = (
        select max(valid_from) from policy.health_targets as newest
        where newest.health_band = targets.health_band and newest.valid_from <= ?
    )
"""


@dataclass(frozen=True)
class HealthTarget:
    """The share of clients a band should have: a fraction of 1, and `at_least`, `at_most` or `below` it."""

    rate: float
    comparison: str


@dataclass(frozen=True)
class ClientRows:
    """`by_band`: health_band, clients, arr. `risks` and `expansions` hold the first few rows with totals over all.

    `strips`: the health band by client and month. `maximum_points` by component, `targets` by band, as the policy has
    them on the month's last day.
    """

    by_band: pl.DataFrame
    risks: pl.DataFrame
    expansions: pl.DataFrame
    strips: Mapping[str, Mapping[dt.date, str]]
    maximum_points: Mapping[str, int]
    targets: Mapping[str, HealthTarget]


def read_clients(context: Context, month: dt.date) -> ClientRows:
    """All rows from one release, of the context's segment and basis."""
    condition, values = segments.of_clients(context.segment)
    day = last_day(month)
    first = add_months(month, 1 - WINDOW_MONTHS)
    scored = SCORED.format(basis=context.question.basis, condition=condition)
    params: list[object] = [month, day, *values]
    # Contracts are known as of the run only, so an earlier month is not told which of them end soon.
    has_renewals = "true" if month == context.months[-1] else "false"
    release = context.release
    risks = release.rows(scored + RISKS.format(has_renewals=has_renewals), [*params, LISTED])
    strips: dict[str, dict[dt.date, str]] = {}
    for client_id, at, band in release.rows(STRIPS, [first, month, risks["client_id"].to_list()]).rows():
        strips.setdefault(client_id, {})[at] = band
    has_policy = release.has_table("policy", "health_targets")
    return ClientRows(
        by_band=release.rows(scored + BY_BAND, params),
        risks=risks,
        expansions=release.rows(scored + EXPANSIONS, [*params, first, month, LISTED]),
        strips=strips,
        maximum_points=dict(release.rows(MAXIMUM_POINTS, [day]).rows()) if has_policy else {},
        targets={band: HealthTarget(*rest) for band, *rest in release.rows(TARGETS, [day]).rows()}
        if has_policy
        else {},
    )
