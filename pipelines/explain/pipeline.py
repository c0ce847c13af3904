"""The contracts behind a renewal status, and the opportunities behind it, an upsell coverage or a quota attainment."""

from decimal import Decimal

from pipelines.explain.answer import Column, Group, Row, Section, Unit
from pipelines.explain.events import of_segment
from pipelines.explain.listing import CLIENT_COLUMNS, SOURCE_COLUMNS, added, listed, require_same
from pipelines.explain.question import Scope
from pipelines.explain.reader import read
from pipelines.serving.release import Release

OPPORTUNITY_COLUMNS = [
    Column("opportunity_id", "Opportunity", Unit.ID),
    Column("type", "Type"),
    Column("created_on", "Created", Unit.DATE),
    Column("closed_on", "Closed", Unit.DATE),
    Column("is_won", "Won"),
]
OPEN_AT = """(coalesce(deals.created_on <= {day}, true) and not deals.is_closed_undated
    and coalesce(deals.closed_on > {day}, true))"""
WON_WITHIN = "coalesce(deals.is_won and deals.closed_on >= {start} and deals.closed_on <= {day}, false)"
OF_MONTH = """
    select deals.client_id, names.client_name, deals.opportunity_id, deals.type, deals.created_on, deals.closed_on,
        deals.is_won, deals.amount_cc, sources._file_name as file_name, sources._line_number as line_number
    from intermediate.int_opportunities as deals
    inner join intermediate.int_owners__by_client_and_month as owners
        on owners.client_id = deals.client_id and owners.month = $month
    inner join intermediate.int_clients as names on names.client_id = deals.client_id
    left join staging.stg_opportunities as sources on sources.opportunity_id = deals.opportunity_id
    where owners.am_id = $segment_value and {counts}
    order by deals.amount_cc desc, deals.opportunity_id
"""
COUNTS = {
    "open_qualified_expansion_cc": "deals.type = 'expansion' and deals.is_qualified and " + OPEN_AT.format(day="$day"),
    "won_in_quarter_cc": "deals.type in ('expansion', 'renewal') and "
    + WON_WITHIN.format(start="date_trunc('quarter', cast($month as date))", day="$day"),
}
RENEWALS_OF_CLIENT = f"""
    with run as (select as_of_on from staging.stg_run),
    rule as (
        select value from policy.parameters, run
        where parameter = 'renewal_won_days' and valid_from <= run.as_of_on order by valid_from desc limit 1
    ),
    deals as (
        select deals.*, {OPEN_AT.format(day="run.as_of_on")} as is_open,
            {WON_WITHIN.format(start="run.as_of_on - cast(rule.value as integer) + 1", day="run.as_of_on")} as is_recent
        from intermediate.int_opportunities as deals, run, rule
        where deals.client_id = $client_id and deals.type = 'renewal'
    )
    select deals.*, is_open or is_recent as covers, sources._file_name as file_name,
        sources._line_number as line_number
    from deals
    left join staging.stg_opportunities as sources on sources.opportunity_id = deals.opportunity_id
    order by covers desc, deals.closed_on desc nulls first, deals.opportunity_id
"""


def opportunities(release: Release, scope: Scope, totals: dict[str, Decimal]) -> list[Section]:
    """Section `opportunities`: what the numerator adds up, the largest first."""
    part = scope.metric.shown[0]
    rows = read(release, OF_MONTH.format(counts=COUNTS[part]), **scope.parameters)
    require_same(f"{scope.metric.name}, opportunities", added(rows, ["amount_cc"])["amount_cc"], totals[part])
    columns = [
        *CLIENT_COLUMNS,
        *OPPORTUNITY_COLUMNS,
        Column("amount_cc", "Amount", Unit.MONEY),
        *SOURCE_COLUMNS,
    ]
    return [listed("opportunities", "Opportunities that count", columns, rows, ("amount_cc",), scope)]


def contracts(release: Release, scope: Scope, totals: dict[str, Decimal]) -> list[Section]:
    """Section `contracts`, the earliest end first; with a client also its renewal opportunities, which cover or not."""
    rows = of_segment(
        release,
        scope,
        "sources._file_name as file_name, sources._line_number as line_number",
        "left join staging.stg_contracts as sources on sources.contract_id = made.contract_id",
        "made.ends_on, made.contract_id",
    )
    require_same("renewal_status, contracts", len(rows), int(totals["contracts"]))
    columns = [
        *CLIENT_COLUMNS,
        Column("contract_id", "Contract", Unit.ID),
        Column("ends_on", "Ends", Unit.DATE),
        Column("days_to_end", "Days left", Unit.COUNT, tells=True),
        Column("renewal_status", "Status"),
        Column("value_cc", "Value", Unit.MONEY),
        Column("renewal_rate", "Renewal rate", Unit.RATE),
        Column("forecast_cc", "Forecast", Unit.MONEY),
        *SOURCE_COLUMNS,
    ]
    sections = [listed("contracts", "Contracts", columns, rows, ("value_cc", "forecast_cc"), scope)]
    return [*sections, *_renewals_of(release, scope)] if scope.client_id else sections


def _renewals_of(release: Release, scope: Scope) -> list[Section]:
    rows = read(release, RENEWALS_OF_CLIENT, **scope.parameters)
    status = read(
        release,
        "select bool_or(renewal_status = 'covered') as covered from marts.fct_renewals where client_id = $client_id",
        client_id=scope.client_id,
    )[0]["covered"]
    if status is not None:
        require_same("renewal_status, covered", any(row["covers"] for row in rows), status)
    columns = [
        *OPPORTUNITY_COLUMNS,
        Column("covers", "Covers"),
        Column("amount_cc", "Amount", Unit.MONEY),
        *SOURCE_COLUMNS,
    ]
    return [Section("opportunities", "The client's renewal opportunities", columns, [Group([Row(r) for r in rows])])]
