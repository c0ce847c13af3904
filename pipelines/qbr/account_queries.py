"""From a release to the facts of one client's quarter: the relationship, value delivered, what is open and comes next.

As in `queries`, every query is bound to one client.
"""

from decimal import Decimal

from pipelines.dashboards.wording import add_months
from pipelines.explain.reader import read
from pipelines.qbr.facts import (
    ActionItem,
    Actions,
    Facts,
    HealthPoints,
    InternalHealth,
    OpenOrder,
    Relationship,
    Renewal,
    Review,
    Savings,
    Windows,
)
from pipelines.qbr.queries import (
    ON_TIME_DELIVERY,
    QUARTERS_SHOWN,
    YEAR,
    commitment_of,
    feedback_of,
    hiring_of,
    service_of,
    spend_of,
)
from pipelines.qbr.scope import Client, Period, Run
from pipelines.qbr.text import clean
from pipelines.serving.release import Release


def facts_of(release: Release, run: Run, client: Client, period: Period, is_internal: bool) -> Facts:
    """Everything the review says; the internal score only where it is asked for."""
    quarters = period.back(QUARTERS_SHOWN)
    return Facts(
        run=run,
        client=client,
        period=period,
        spend=spend_of(release, run, client, period),
        hiring=hiring_of(release, client, period),
        service=service_of(release, client, period),
        feedback=feedback_of(release, client, period),
        relationship=tuple((quarter, relationship_of(release, client, quarter)) for quarter in quarters),
        windows=windows_of(release, period),
        reviews=reviews_of(release, client, period),
        savings=savings_of(release, run, client, period),
        projects=commitment_of(release, client, period, ON_TIME_DELIVERY),
        actions=actions_of(release, run, client, period),
        renewals=renewals_of(release, client),
        renewal_days_ahead=renewal_days_ahead(release, run),
        open_orders=open_orders_of(release, run, client),
        internal=internal_health_of(release, client, period) if is_internal else None,
    )


def relationship_of(release: Release, client: Client, period: Period) -> Relationship | None:
    """The measures at the period's end, without any score; None where the client was no customer then."""
    rows = read(
        release,
        """
        select as_of_on as day, hires_per_month, days_to_pay, nps_mean, escalations,
            sponsor_activities > 0 as has_sponsor_contact, executive_activities > 0 as has_executive_contact,
            active_contacts
        from marts.fct_client_health
        where client_id = $client and as_of_on = $day
        """,
        client=client.client_id,
        day=period.day,
    )
    return Relationship(**rows[0]) if rows else None


def windows_of(release: Release, period: Period) -> Windows | None:
    """How far each measure looks back, as the policy of the day has it; None where nobody was measured."""
    rows = read(
        release,
        """
        select hiring_months as hiring, as_of_on - invoices_from + 1 as invoices,
            as_of_on - responses_from + 1 as responses, as_of_on - sponsor_from + 1 as sponsor,
            as_of_on - contacts_from + 1 as contacts,
            as_of_on - escalations_from + 1 as escalations
        from intermediate.int_health_days
        where as_of_on = $day
        """,
        day=period.day,
    )
    return Windows(**rows[0]) if rows else None


def reviews_of(release: Release, client: Client, period: Period) -> tuple[Review, ...]:
    """The business reviews of the quarters shown, the latest last; quarters without one due or held are left out."""
    rows = read(
        release,
        "select quarter_start, is_completed, executive_attended from marts.fct_qbrs where client_id = $client",
        client=client.client_id,
    )
    found = {row["quarter_start"]: row for row in rows}
    return tuple(
        Review(quarter, bool(row["is_completed"]), row["executive_attended"])
        for quarter in period.back(QUARTERS_SHOWN)
        if (row := found.get(quarter.first_month))
    )


def internal_health_of(release: Release, client: Client, period: Period) -> InternalHealth | None:
    rows = read(
        release,
        """
        select as_of_on, health_score, health_band from marts.fct_client_health
        where client_id = $client and as_of_on = $day
        """,
        client=client.client_id,
        day=period.day,
    )
    if not rows:
        return None
    components = read(
        release,
        """
        select component, points, maximum_points as maximum, not_scored_reason
        from intermediate.int_health_components__by_client_and_day
        where client_id = $client and as_of_on = $day
        order by maximum_points desc, component
        """,
        client=client.client_id,
        day=period.day,
    )
    day, score, band = rows[0].values()
    return InternalHealth(day, score, band, tuple(HealthPoints(**row) for row in components))


def savings_of(release: Release, run: Run, client: Client, period: Period) -> Savings:
    """Savings by quarter, and of the 12 months to the period's last.

    In their own currency the rows are the client's; converted they are those that `rpt_client_economics` adds up.
    """
    first = period.before(QUARTERS_SHOWN - 1).first_month
    own = read(
        release,
        """
        select cast(date_trunc('month', savings.month) as date) as month, coalesce(savings.planned, 0) as planned,
            coalesce(savings.delivered, 0) as delivered,
            coalesce(savings.currency, clients.billing_currency) as currency
        from staging.stg_savings as savings
        inner join intermediate.int_clients__by_account as links on links.account_id = savings.account_id
        inner join intermediate.int_clients as clients on clients.client_id = links.client_id
        where links.client_id = $client and savings.month between $first and $day
        """,
        client=client.client_id,
        first=first,
        day=period.day,
    )
    currencies = sorted({row["currency"] for row in own if row["currency"]})
    is_converted = len(currencies) > 1
    rows = own
    if is_converted:
        rows = read(
            release,
            """
            select month, coalesce(planned_cc, 0) as planned, coalesce(delivered_cc, 0) as delivered
            from intermediate.int_savings__by_client_and_month
            where client_id = $client and month between $first and $day
            """,
            client=client.client_id,
            first=first,
            day=period.day,
        )
    quarters = []
    for asked in period.back(QUARTERS_SHOWN):
        inside = [row for row in rows if asked.first_month <= row["month"] <= asked.last_month]
        quarters.append((asked, _sum(inside, "planned"), _sum(inside, "delivered")))
    year = [row for row in rows if row["month"] >= add_months(period.last_month, 1 - YEAR)]
    currency = run.reporting_currency if is_converted else next(iter(currencies), client.billing_currency)
    return Savings(
        currency or run.reporting_currency,
        is_converted,
        tuple(quarters),
        _sum(year, "planned"),
        _sum(year, "delivered"),
        len(year),
    )


def _sum(rows: list[dict[str, Decimal]], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


def actions_of(release: Release, run: Run, client: Client, period: Period) -> Actions:
    """Items open at the release's day, and how many were added and closed in the period."""
    connected = read(
        release,
        "select exists (select 1 from staging.stg_action_items where added_on <= $as_of) as is_connected",
        as_of=run.as_of_on,
    )
    rows = read(
        release,
        """
        select items.item_id, items.added_on, items.closed_on
        from staging.stg_action_items as items
        inner join intermediate.int_clients__by_account as links on links.account_id = items.account_id
        where links.client_id = $client and items.added_on <= $as_of
        order by items.added_on, items.item_id
        """,
        client=client.client_id,
        as_of=run.as_of_on,
    )
    open_rows = [row for row in rows if row["closed_on"] is None or row["closed_on"] > run.as_of_on]
    return Actions(
        connected[0]["is_connected"],
        tuple(
            ActionItem(clean(row["item_id"]), row["added_on"], (run.as_of_on - row["added_on"]).days)
            for row in open_rows
        ),
        sum(period.first_month <= row["added_on"] <= period.day for row in rows),
        sum(row["closed_on"] is not None and period.first_month <= row["closed_on"] <= period.day for row in rows),
    )


def renewals_of(release: Release, client: Client) -> tuple[Renewal, ...]:
    """Contracts that end soon, with the value and currency they were signed in; no forecast and no status."""
    rows = read(
        release,
        """
        select renewals.contract_id as reference, renewals.ends_on, renewals.days_to_end, contracts.value,
            coalesce(contracts.currency, $billing) as currency
        from marts.fct_renewals as renewals
        left join staging.stg_contracts as contracts
            on contracts.contract_id = renewals.contract_id and contracts.ends_on = renewals.ends_on
        where renewals.client_id = $client
        order by renewals.ends_on, renewals.contract_id
        """,
        client=client.client_id,
        billing=client.billing_currency,
    )
    return tuple(Renewal(**{**row, "reference": clean(row["reference"])}) for row in rows)


def renewal_days_ahead(release: Release, run: Run) -> int:
    row = read(
        release,
        """
        select value from policy.parameters
        where parameter = 'renewal_days_ahead' and valid_from <= $as_of order by valid_from desc limit 1
        """,
        as_of=run.as_of_on,
    )[0]
    return int(row["value"])


def open_orders_of(release: Release, run: Run, client: Client) -> tuple[OpenOrder, ...]:
    """Job orders that are open at the release's day, with the placements that started on them."""
    rows = read(
        release,
        """
        select orders.order_id as reference, orders.opened_on, coalesce(orders.openings, 1) as openings,
            count(placements.placement_id) as placed
        from staging.stg_job_orders as orders
        inner join intermediate.int_clients__by_account as links on links.account_id = orders.account_id
        left join staging.stg_placements as placements
            on placements.order_key = orders.order_key and placements.started_on <= $as_of
        where links.client_id = $client and orders.opened_on <= $as_of
            and (orders.closed_on is null or orders.closed_on > $as_of)
        group by orders.order_key, orders.order_id, orders.opened_on, orders.openings
        order by orders.opened_on, orders.order_id
        """,
        client=client.client_id,
        as_of=run.as_of_on,
    )
    return tuple(OpenOrder(**{**row, "reference": clean(row["reference"])}) for row in rows)
