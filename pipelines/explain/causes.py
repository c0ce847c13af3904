"""What lines alone do not say of a client's number: the growth behind expansion types, the limits of the tiers."""

import datetime as dt
from decimal import Decimal
from typing import Any

from pipelines.explain import arr, revenue
from pipelines.explain.answer import Column, Group, Row, Section, Unit
from pipelines.explain.question import months_before
from pipelines.explain.reader import read
from pipelines.serving.release import Release

EXPANSION_PARTS = """
    select parts.expansion_type, sum(parts.part_units) as part_units, coalesce(max(types.change_cc), 0) as change_cc
    from intermediate.int_expansion_parts as parts
    left join marts.fct_expansion_types as types
        on types.client_id = parts.client_id and types.month = parts.month
        and types.expansion_type = parts.expansion_type
    where parts.client_id = $client_id and parts.month = $month
    group by parts.expansion_type
    order by part_units desc, parts.expansion_type
"""
TIER = """
    select annual_revenue_cc, revenue_12m_cc, tier, first_revenue_month
    from intermediate.int_tiers__by_client_and_month
    where client_id = $client_id and month = $month
"""
LIMITS = """
    select tier, minimum_annual_revenue_cc, valid_from from policy.tiers
    where valid_from = (select max(valid_from) from policy.tiers where valid_from <= last_day(cast($month as date)))
    order by minimum_annual_revenue_cc desc nulls last
"""
MILLIONTHS = Decimal("0.000001")


def expansion_parts(release: Release, client_id: str, month: dt.date) -> list[Section]:
    """Section `growth`: a client's growing cells by label, and what is left of each after scaling to net expansion."""
    parts = read(release, EXPANSION_PARTS, client_id=client_id, month=month)
    if not parts:
        return []
    columns = [
        Column("expansion_type", "Type"),
        Column("growth_cc", "Growth of the cells", Unit.LOCAL),
        Column("change_cc", "Scaled to net expansion", Unit.MONEY),
    ]
    rows = [Row({**part, "growth_cc": part["part_units"] * MILLIONTHS}) for part in parts]
    total = {
        "growth_cc": sum((part["part_units"] for part in parts), 0) * MILLIONTHS,
        "change_cc": _sum(parts, "change_cc"),
    }
    rows.append(Row({"expansion_type": "all", **total}, "total"))
    return [Section("growth", "Growth behind the types, constant currency", columns, [Group(rows)])]


def annual_revenue(release: Release, client_id: str, month: dt.date) -> list[Section]:
    """Sections `tier` and `limits`, then the lines of 12 months' revenue, and of the ARR where that decided."""
    found = read(release, TIER, client_id=client_id, month=month)
    if not found:
        return []
    tier = found[0]
    is_by_arr = tier["annual_revenue_cc"] != tier["revenue_12m_cc"]
    columns = [
        Column("tier", "Tier"),
        Column("annual_revenue_cc", "Annual revenue", Unit.MONEY),
        Column("revenue_12m_cc", "Revenue of 12 months", Unit.MONEY),
        Column("first_revenue_month", "First revenue", Unit.MONTH),
        Column("decided_by", "Decided by"),
    ]
    limit_columns = [
        Column("tier", "Tier"),
        Column("minimum_annual_revenue_cc", "From", Unit.MONEY),
        Column("valid_from", "In force since", Unit.DATE),
    ]
    row = Row({**tier, "decided_by": "ARR, in the first year" if is_by_arr else "revenue of 12 months"})
    limits = [Row(limit) for limit in read(release, LIMITS, month=month)]
    sections = [
        Section("tier", "Annual revenue and tier, constant currency", columns, [Group([row])]),
        Section("limits", "Limits of the tiers", limit_columns, [Group(limits)]),
    ]
    if is_by_arr:
        return [*sections, *arr.at_month_ends(release, client_id, [month])]
    return [*sections, *revenue.recognised(release, client_id, months_before(month, 11), month)]


def _sum(rows: list[dict[str, Any]], key: str) -> Decimal:
    return sum((row[key] for row in rows), Decimal(0))
