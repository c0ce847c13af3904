"""Rows of the template entities, one type each: the type's field names are the file's header, in order.

Only entities that the demo writes as template files are here; what they mean is said in the template's own description.
"""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple


class NpsResponse(NamedTuple):
    response_id: str
    account_id: str
    respondent_id: str
    survey_type: str
    score: int
    responded_at: dt.datetime
    comment: str


class CsatResponse(NamedTuple):
    response_id: str
    account_id: str
    project_id: str
    score: int
    responded_at: dt.datetime


class RecruiterFeedback(NamedTuple):
    response_id: str
    user_id: str
    score: int
    responded_at: dt.datetime


class JobOrder(NamedTuple):
    order_id: str
    account_id: str
    opened_on: dt.date
    closed_on: dt.date | None
    openings: int


class Placement(NamedTuple):
    placement_id: str
    order_id: str
    account_id: str
    ordered_on: dt.date
    started_on: dt.date


class Project(NamedTuple):
    project_id: str
    account_id: str
    starts_on: dt.date
    due_on: dt.date
    delivered_on: dt.date | None
    budget: int
    actual_cost: int | None
    currency: str
    is_active: bool


class ActionItem(NamedTuple):
    item_id: str
    account_id: str
    added_on: dt.date
    closed_on: dt.date | None


class ProgrammeTask(NamedTuple):
    task_id: str
    account_id: str
    kind: str
    issued_on: dt.date
    due_on: dt.date
    acknowledged_on: dt.date | None
    done_on: dt.date | None


class Saving(NamedTuple):
    saving_id: str
    account_id: str
    month: dt.date
    planned: int
    delivered: int
    currency: str


class Communication(NamedTuple):
    communication_id: str
    account_id: str
    user_id: str
    kind: str
    urgency: str
    received_at: dt.datetime
    responded_at: dt.datetime | None


class Target(NamedTuple):
    user_id: str
    quarter: dt.date
    metric: str
    target: Decimal
    objective: str


class PublicHoliday(NamedTuple):
    country: str
    date: dt.date
    name: str


class InvoiceRow(NamedTuple):
    invoice_id: str
    account_id: str
    kind: str
    status: str
    currency: str
    issued_on: dt.date
    due_on: dt.date | None
    paid_on: dt.date | None
    in_collections: bool
    credits_invoice_id: str
    reason: str


class InvoiceLineRow(NamedTuple):
    line_id: str
    invoice_id: str
    product: str
    quantity: int
    amount: Decimal
    service_start: dt.date | None
    service_end: dt.date | None
    credits_line_id: str
    division: str
    country: str
    service_line: str
    job_family: str
    cost: Decimal


class MapProduct(NamedTuple):
    product: str
    revenue_type: str


class MapChurnReason(NamedTuple):
    reason: str
    churn_category: str


class MapCreditReason(NamedTuple):
    reason: str
    effect: str


class MapTitle(NamedTuple):
    pattern: str
    level: str


class MapAccount(NamedTuple):
    source: str
    source_key: str
    account_id: str


class MapValue(NamedTuple):
    source: str
    entity: str
    column: str
    value: str
    mapped: str


ENTITIES: dict[str, type] = {
    "nps_responses": NpsResponse,
    "csat_responses": CsatResponse,
    "recruiter_feedback": RecruiterFeedback,
    "job_orders": JobOrder,
    "placements": Placement,
    "projects": Project,
    "action_items": ActionItem,
    "programme_tasks": ProgrammeTask,
    "savings": Saving,
    "communications": Communication,
    "targets": Target,
    "public_holidays": PublicHoliday,
    "invoices": InvoiceRow,
    "invoice_lines": InvoiceLineRow,
    "map_products": MapProduct,
    "map_churn_reasons": MapChurnReason,
    "map_credit_reasons": MapCreditReason,
    "map_titles": MapTitle,
    "map_accounts": MapAccount,
    "map_values": MapValue,
}


class UserRow(NamedTuple):
    user_id: str
    name: str
    email: str
    region: str
    time_zone: str
    role_started_on: str
    is_active: bool


class OwnerChangeRow(NamedTuple):
    account_id: str
    changed_at: dt.datetime
    owner_id: str


class ContractRow(NamedTuple):
    contract_id: str
    account_id: str
    starts_on: dt.date
    ends_on: dt.date
    value: int
    currency: str
    has_fx_clause: bool
    terminated_on: dt.date | None
    termination_reason: str


class ActivityRow(NamedTuple):
    activity_id: str
    account_id: str
    contact_id: str
    user_id: str
    type: str
    happened_at: dt.datetime
    logged_at: dt.datetime
    is_held: bool | None
    executive_attended: bool | None
    deck_ready_on: dt.date | None
    actions_logged: bool | None
    follow_up_on: dt.date | None


# Entities of the CRM that are template files only where the CRM's own export does not carry them.
CRM_ENTITIES: dict[str, type] = {
    "users": UserRow,
    "owner_changes": OwnerChangeRow,
    "contracts": ContractRow,
    "activities": ActivityRow,
}
