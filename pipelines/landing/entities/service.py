"""Delivery and support: what the company does for its clients, and how well."""

from pipelines.landing.entities import fields as f
from pipelines.landing.entities.base import Contract


class Escalations(Contract):
    """One row an escalation of an account."""

    escalation_id = f.text(key=True)
    account_id = f.text(required=True)
    severity = f.text(required=True, values=("P0", "P1", "P2", "P3"))
    opened_at = f.ts(required=True)
    responded_at = f.ts()
    resolved_at = f.ts()
    owner_id = f.text(pii="pseudonym")


class SupportTickets(Contract):
    """One row a support ticket of an account."""

    ticket_id = f.text(key=True)
    account_id = f.text(required=True)
    opened_at = f.ts(required=True)
    responded_at = f.ts()
    resolved_at = f.ts()
    sla_response_hours = f.num()


class JobOrders(Contract):
    """One row an order to fill positions."""

    order_id = f.text(key=True)
    account_id = f.text(required=True)
    opened_on = f.date(required=True)
    closed_on = f.date()
    openings = f.integer()


class Placements(Contract):
    """One row a person placed on an order."""

    placement_id = f.text(key=True)
    order_id = f.text(required=True)
    account_id = f.text(required=True)
    ordered_on = f.date()
    started_on = f.date(required=True)


class Projects(Contract):
    """One row a project for an account."""

    project_id = f.text(key=True)
    account_id = f.text(required=True)
    starts_on = f.date()
    due_on = f.date()
    delivered_on = f.date()
    budget = f.money()
    actual_cost = f.money()
    currency = f.cur()
    is_active = f.boolean()


class ActionItems(Contract):
    """One row an action agreed with an account."""

    item_id = f.text(key=True)
    account_id = f.text(required=True)
    added_on = f.date(required=True)
    closed_on = f.date()


class ProgrammeTasks(Contract):
    """One row a task of a client's programme: a continuity plan or a programme update."""

    task_id = f.text(key=True)
    account_id = f.text(required=True)
    kind = f.text(required=True, values=("bcp", "programme_update"))
    issued_on = f.date(required=True)
    due_on = f.date(required=True)
    acknowledged_on = f.date()
    done_on = f.date()


class Savings(Contract):
    """One row a saving for an account in a month, planned and delivered."""

    saving_id = f.text(key=True)
    account_id = f.text(required=True)
    month = f.date(required=True)
    planned = f.money()
    delivered = f.money()
    currency = f.cur()


class PublicHolidays(Contract):
    """One row a country and day off."""

    country = f.text(key=True)
    date = f.date(key=True)
    name = f.text()
