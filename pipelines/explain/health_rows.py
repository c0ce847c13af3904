"""The rows behind each component of a client's health on a day, as SQL over a release.

Every query gives one row for each order, invoice, activity ... in a component's windows, with a column for each measure
that it counts towards: the column's sum is the measure's numerator. Parameters: $client_id and $day.
"""

from dataclasses import dataclass

from pipelines.explain.answer import Column, Unit

SCORED = """
    with scored as (
        select * from intermediate.int_scored_clients__by_day where client_id = $client_id and as_of_on = $day
    )
"""


@dataclass(frozen=True)
class Evidence:
    """One table of rows: its name, heading, SQL and columns; `measures` add up to numerators, `weights` to one's
    denominator."""

    name: str
    title: str
    sql: str
    columns: tuple[Column, ...]
    measures: tuple[str, ...]
    weights: tuple[tuple[str, str], ...] = ()


def _counts(measure: str, label: str, unit: Unit = Unit.COUNT) -> Column:
    return Column(measure, label, unit)


EVIDENCE = (
    Evidence(
        "orders",
        "Hiring velocity: orders open on the day",
        SCORED
        + """
        select orders.order_id, orders.opened_on, orders.closed_on, 1 as open_orders,
            orders._file_name as file_name, orders._line_number as line_number
        from scored
        inner join intermediate.int_clients__by_account as links on links.client_id = scored.client_id
        inner join staging.stg_job_orders as orders on orders.account_id = links.account_id
        where orders.opened_on <= $day and (orders.closed_on is null or orders.closed_on > $day)
        order by orders.opened_on, orders.order_id
        """,
        (
            Column("order_id", "Order", Unit.ID),
            Column("opened_on", "Opened", Unit.DATE),
            _counts("open_orders", "Open"),
        ),
        ("open_orders",),
    ),
    Evidence(
        "placements",
        "Hiring velocity: placements started in the window",
        SCORED
        + """
        select placements.placement_id, placements.started_on, 1 as hires_per_month,
            placements._file_name as file_name, placements._line_number as line_number
        from scored
        inner join intermediate.int_clients__by_account as links on links.client_id = scored.client_id
        inner join staging.stg_placements as placements on placements.account_id = links.account_id
        where placements.started_on between scored.placements_from and $day
        order by placements.started_on, placements.placement_id
        """,
        (
            Column("placement_id", "Placement", Unit.ID),
            Column("started_on", "Started", Unit.DATE),
            _counts("hires_per_month", "Hires"),
        ),
        ("hires_per_month",),
    ),
    Evidence(
        "invoices",
        "Payment promptness: invoices paid or past due, by days x total; any in collections",
        SCORED
        + """
        , issued as (
            select invoices.*, scored.invoices_from,
                invoices.issued_on >= scored.invoices_from and invoices.total_local > 0 as is_in_window,
                coalesce(invoices.paid_on <= $day, false) as is_paid,
                coalesce(invoices.due_on, invoices.issued_on + scored.payment_term_days) < cast($day as date)
                    as is_past_due,
                cast(least(coalesce(invoices.paid_on, $day), $day) - invoices.issued_on as bigint) as days
            from scored
            inner join intermediate.int_invoices as invoices on invoices.client_id = scored.client_id
            where invoices.kind = 'invoice' and not invoices.is_paid_undated and invoices.issued_on <= $day
        ),
        judged as (
            select *, is_in_window and (is_paid or is_past_due) as is_timed,
                in_collections and is_past_due and not is_paid as is_flagged
            from issued
        )
        select invoice_id, issued_on, due_on, case when is_paid then paid_on end as paid_on, days, total_cc,
            case when is_timed then total_cc else 0 end as weight,
            case when is_timed then days * total_cc else 0 end as days_to_pay,
            case when is_flagged then 1 else 0 end as flagged_invoices,
            _file_name as file_name, _line_number as line_number
        from judged
        where is_timed or is_flagged
        order by issued_on, invoice_id
        """,
        (
            Column("invoice_id", "Invoice", Unit.ID),
            Column("issued_on", "Issued", Unit.DATE),
            Column("due_on", "Due", Unit.DATE),
            Column("paid_on", "Paid", Unit.DATE),
            Column("days", "Days", Unit.COUNT),
            Column("weight", "Total", Unit.MONEY),
            _counts("days_to_pay", "Days x total", Unit.NUMBER),
            _counts("flagged_invoices", "In collections"),
        ),
        ("days_to_pay", "flagged_invoices"),
        (("days_to_pay", "weight"),),
    ),
    Evidence(
        "responses",
        "Satisfaction: each respondent's latest score in the window",
        SCORED
        + """
        , answered as (
            select responses.*, row_number() over (
                partition by responses.respondent_id
                order by responses.responded_at desc nulls last, responses.response_id desc nulls last
            ) as place
            from scored
            inner join intermediate.int_nps_responses as responses on responses.client_id = scored.client_id
            where responses.responded_on between scored.responses_from and $day
        )
        select responded_on, survey_type, score as nps_mean, 1 as respondents,
            _file_name as file_name, _line_number as line_number
        from answered
        where place = 1
        order by score, responded_on, response_id
        """,
        (
            Column("responded_on", "On", Unit.DATE),
            Column("survey_type", "Survey"),
            _counts("nps_mean", "Score"),
            Column("respondents", "Respondents", Unit.COUNT, in_terminal=False),
        ),
        ("nps_mean",),
        (("nps_mean", "respondents"),),
    ),
    Evidence(
        "activities",
        "Executive engagement: contacts in the windows; each person counts once as a contact",
        SCORED
        + """
        , met as (
            select activities.*, activities.happened_on >= scored.contacts_from as is_in_contact_window,
                activities.is_sponsor and activities.happened_on >= scored.sponsor_from as is_with_sponsor
            from scored
            inner join intermediate.int_contact_activities as activities on activities.client_id = scored.client_id
            where activities.happened_on between least(scored.sponsor_from, scored.contacts_from) and $day
        )
        select met.activity_id, met.happened_on, met.type, met.level,
            case when met.is_with_sponsor then 1 else 0 end as sponsor_activities,
            case when met.level = 'executive' and met.is_in_contact_window then 1 else 0 end as executive_activities,
            case when met.is_in_contact_window and row_number() over (
                partition by met.contact_id, met.is_in_contact_window order by met.happened_on desc, met.activity_id
            ) = 1 then 1 else 0 end as active_contacts,
            sources._file_name as file_name, sources._line_number as line_number
        from met
        left join staging.stg_activities as sources on sources.activity_id = met.activity_id
        order by met.happened_on desc, met.activity_id
        """,
        (
            Column("activity_id", "Activity", Unit.ID),
            Column("happened_on", "On", Unit.DATE),
            Column("type", "Type"),
            Column("level", "Level"),
            _counts("sponsor_activities", "Sponsor"),
            _counts("executive_activities", "Executive"),
            _counts("active_contacts", "New contact"),
        ),
        ("sponsor_activities", "executive_activities", "active_contacts"),
    ),
    Evidence(
        "opportunities",
        "Expansion pipeline: expansion opportunities open on the day",
        SCORED
        + """
        select deals.opportunity_id, deals.created_on, deals.amount_cc as open_expansion_cc, 1 as open_expansions,
            sources._file_name as file_name, sources._line_number as line_number
        from scored
        inner join intermediate.int_opportunities as deals on deals.client_id = scored.client_id
        left join staging.stg_opportunities as sources on sources.opportunity_id = deals.opportunity_id
        where deals.type = 'expansion' and coalesce(deals.created_on <= $day, true) and not deals.is_closed_undated
            and coalesce(deals.closed_on > $day, true)
        order by deals.amount_cc desc, deals.opportunity_id
        """,
        (
            Column("opportunity_id", "Opportunity", Unit.ID),
            Column("created_on", "Created", Unit.DATE),
            _counts("open_expansion_cc", "Amount", Unit.MONEY),
            _counts("open_expansions", "Open"),
        ),
        ("open_expansion_cc", "open_expansions"),
    ),
    Evidence(
        "escalations",
        "Issue frequency: escalations opened in the window, and open ones past their limit",
        SCORED
        + """
        , raised as (
            select limits.*,
                cast(timezone(run.company_time_zone, timezone('UTC', limits.resolved_at)) as date) as resolved_on,
                cast(timezone(run.company_time_zone, timezone('UTC', limits.resolution_due_at)) as date) as limit_on,
                limits.opened_on >= scored.escalations_from as is_in_window
            from scored
            cross join staging.stg_run as run
            inner join intermediate.int_escalations__by_policy as limits on limits.client_id = scored.client_id
            where limits.policy = 'severity_matrix' and limits.opened_on <= $day
        ),
        judged as (
            select *, (resolved_on is null or resolved_on > $day) and limit_on <= $day as is_overdue from raised
        )
        select judged.escalation_id, judged.severity, judged.opened_on, judged.limit_on,
            case when judged.resolved_on <= $day then judged.resolved_on end as resolved_on,
            case when judged.is_in_window then 1 else 0 end as escalations,
            case when judged.is_overdue then 1 else 0 end as overdue_escalations,
            sources._file_name as file_name, sources._line_number as line_number
        from judged
        left join staging.stg_escalations as sources on sources.escalation_id = judged.escalation_id
        where judged.is_in_window or judged.is_overdue
        order by judged.opened_on, judged.escalation_id
        """,
        (
            Column("escalation_id", "Escalation", Unit.ID),
            Column("severity", "Severity"),
            Column("opened_on", "Opened", Unit.DATE),
            Column("limit_on", "Limit", Unit.DATE),
            Column("resolved_on", "Resolved", Unit.DATE),
            _counts("escalations", "In window"),
            _counts("overdue_escalations", "Overdue"),
        ),
        ("escalations", "overdue_escalations"),
    ),
)
