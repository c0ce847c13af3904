"""People, accounts and what account managers do with them."""

from pipelines.landing.entities import fields as f
from pipelines.landing.entities.base import Contract

LEVELS = ("executive", "manager", "other")


class Users(Contract):
    """One row a user of the CRM: account managers and their colleagues."""

    user_id = f.text(key=True, pii="pseudonym")
    name = f.text(required=True, pii="name")
    email = f.text(pii="email")
    region = f.text()
    time_zone = f.text(is_time_zone=True)
    role_started_on = f.date()
    is_active = f.boolean()


class Accounts(Contract):
    """One row an account of the CRM; accounts may hang below a parent."""

    account_id = f.text(key=True)
    name = f.text(required=True)
    parent_account_id = f.text()
    merged_into_account_id = f.text()
    owner_id = f.text(pii="pseudonym")
    industry = f.text()
    country = f.text()
    region = f.text()
    time_zone = f.text(is_time_zone=True)
    billing_currency = f.cur()
    created_on = f.date()
    executive_sponsor_contact_id = f.text(pii="pseudonym")
    category_spend = f.money()
    category_spend_currency = f.cur()
    support_arrangement_ends_on = f.date()
    is_support_client = f.boolean()


class OwnerChanges(Contract):
    """One row an account and moment at which its owner became another."""

    account_id = f.text(key=True)
    changed_at = f.ts(key=True)
    owner_id = f.text(required=True, pii="pseudonym")


class Contacts(Contract):
    """One row a person at an account."""

    contact_id = f.text(key=True, pii="pseudonym")
    account_id = f.text(required=True)
    name = f.text(pii="name")
    email = f.text(pii="email")
    title = f.text(pii="title")
    level = f.text(values=LEVELS)


class Opportunities(Contract):
    """One row an opportunity, in its latest state."""

    opportunity_id = f.text(key=True)
    account_id = f.text(required=True)
    type = f.text(required=True, values=("new", "expansion", "renewal", "other"))
    stage = f.text()
    is_closed = f.boolean(required=True)
    is_won = f.boolean(required=True)
    is_qualified = f.boolean()
    amount = f.money()
    currency = f.cur()
    created_at = f.ts()
    closed_on = f.date()
    loss_reason = f.text(pii="free_text")
    owner_id = f.text(pii="pseudonym")


class OpportunityHistory(Contract):
    """One row a stage change of an opportunity. Kept as exported; not an entity of the templates."""

    history_id = f.text(key=True)
    opportunity_id = f.text(required=True)
    changed_at = f.ts(required=True)
    stage = f.text()
    amount = f.money()
    currency = f.cur()
    close_on = f.date()
    probability = f.num()


class Contracts(Contract):
    """One row a contract."""

    contract_id = f.text(key=True)
    account_id = f.text(required=True)
    starts_on = f.date(required=True)
    ends_on = f.date(required=True)
    value = f.money()
    currency = f.cur()
    has_fx_clause = f.boolean()
    terminated_on = f.date()
    termination_reason = f.text(pii="free_text")


class Activities(Contract):
    """One row a call, meeting, review or the like with an account."""

    activity_id = f.text(key=True)
    account_id = f.text(required=True)
    contact_id = f.text(pii="pseudonym")
    user_id = f.text(pii="pseudonym")
    type = f.text(
        required=True,
        values=(
            "call",
            "email",
            "meeting",
            "ops_sync",
            "strategic_review",
            "qbr",
            "planning",
            "check_in",
            "plan_update",
        ),
    )
    happened_at = f.ts(required=True)
    logged_at = f.ts()
    is_held = f.boolean()
    executive_attended = f.boolean()
    deck_ready_on = f.date()
    actions_logged = f.boolean()
    follow_up_on = f.date()


class Communications(Contract):
    """One row a message from a client that wants an answer."""

    communication_id = f.text(key=True)
    account_id = f.text(required=True)
    user_id = f.text(pii="pseudonym")
    kind = f.text(required=True, values=("email", "meeting_request"))
    urgency = f.text(values=("critical", "urgent", "normal"))
    received_at = f.ts(required=True)
    responded_at = f.ts()


class Targets(Contract):
    """One row a user, quarter and metric with a target."""

    user_id = f.text(key=True, pii="pseudonym")
    quarter = f.date(key=True)
    metric = f.text(key=True)
    target = f.num(required=True)
    objective = f.text(pii="free_text")


class AccountExternalIds(Contract):
    """One row an id by which another system knows an account, from a field of the CRM's account named in settings."""

    source = f.text(key=True)
    source_key = f.text(key=True)
    account_id = f.text(required=True)
