"""Salesforce's weekly data export: one `Object.csv` each, all cells quoted, LF, Windows-1252, 0/1, 18-character ids."""

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipelines.demo.company import Client, Manager
from pipelines.demo.ids import salesforce_id
from pipelines.demo.sales import Opportunity
from pipelines.demo.service import Activity, Case
from pipelines.demo.simulate import World
from pipelines.demo.timeline import at
from pipelines.demo.writers.salesforce_headers import DEFAULTS, HEADERS, NULL_LOOKUP

Row = dict[str, str]
ENCODING = "cp1252"

# The company's own fields, as its tenure.toml has to name them.
SETTINGS = """
[sources.salesforce.fields.Account]
region = "Region__c"
time_zone = "Time_Zone__c"
executive_sponsor_contact_id = "Executive_Sponsor__c"
category_spend = "Category_Spend__c"
category_spend_currency = "Category_Spend_Currency__c"
is_support_client = "Support_Client__c"
support_arrangement_ends_on = "Support_Until__c"

[sources.salesforce.fields.User]
region = "Region__c"
role_started_on = "Role_Started_On__c"

[sources.salesforce.fields.Case]
sla_response_hours = "SLA_Hours__c"
"""

_TYPES = {
    "call": "Call",
    "email": "Email",
    "meeting": "Meeting",
    "ops_sync": "Ops Sync",
    "strategic_review": "Strategic Review",
    "qbr": "QBR",
    "planning": "Planning",
    "check_in": "Check-in",
    "plan_update": "Plan Update",
}
TASK_TYPES = {"call", "email", "plan_update"}
# Until this day the company called its strategic reviews by another name; map_values translates it.
_RENAMED_ON = dt.date(2024, 7, 1)


def salesforce_tables(world: World) -> dict[str, list[Row]]:
    """Rows of every object, with the columns that differ from the defaults."""
    events, tasks = _activities(world)
    return {
        "Account": [row for client in world.company.clients for row in _accounts(client, world)],
        "AccountHistory": list(_account_history(world)),
        "Case": [_case(number, case, world) for number, case in enumerate(world.cases)],
        "Contact": [row for client in world.company.clients for row in _contacts(client, world)],
        "Contract": list(_contracts(world)),
        "Event": events,
        "Opportunity": [_opportunity(deal, world) for deal in world.opportunities],
        "OpportunityHistory": list(_opportunity_history(world)),
        "Task": tasks,
        "User": [_user(manager, world) for manager in world.company.managers],
    }


def write_table(path: Path, object_name: str, rows: Iterable[Row]) -> None:
    """One object's file; a column the rows do not name has its default."""
    header = HEADERS[object_name]
    blank = [DEFAULTS.get(column, "") for column in header]
    position = {column: index for index, column in enumerate(header)}

    def line(row: Row) -> str:
        cells = blank.copy()
        for column, value in row.items():
            cells[position[column]] = value.replace('"', '""') if '"' in value else value
        return '"' + '","'.join(cells) + '"\n'

    # Joined by hand: with every cell quoted, the csv module takes ten times as long.
    with path.open("w", encoding=ENCODING, newline="") as file:
        file.write('"' + '","'.join(header) + '"\n')
        file.writelines(map(line, rows))


def _moment(value: dt.datetime | dt.date | None) -> str:
    """Times and dates alike are written as a day and a time of day."""
    if value is None:
        return ""
    return value.isoformat(" ") if isinstance(value, dt.datetime) else f"{value.isoformat()} 00:00:00"


def _flag(value: bool | None) -> str:
    return "1" if value else "0"


def _audit(by: str, created: dt.datetime | dt.date, changed: dt.datetime | dt.date | None = None) -> Row:
    last = _moment(changed or created)
    return {
        "CreatedDate": _moment(created),
        "CreatedById": by,
        "LastModifiedDate": last,
        "LastModifiedById": by,
        "SystemModstamp": last,
    }


def _user(manager: Manager, world: World) -> Row:
    handle = f"user{world.company.managers.index(manager) + 1:02d}@tenure-staffing.example"
    return {
        "Id": manager.user_id,
        "Username": handle,
        "FirstName": manager.first_name,
        "LastName": manager.last_name,
        "CompanyName": "Tenure Staffing",
        "Title": "Account Manager",
        "Country": manager.place.name,
        "Email": handle,
        "Alias": manager.last_name[:8].lower(),
        "IsActive": _flag(manager.left_in is None),
        "TimeZoneSidKey": manager.place.cities[0][1],
        "LocaleSidKey": "en_US",
        "EmailEncodingKey": "ISO-8859-1",
        "CurrencyIsoCode": manager.place.currency,
        "DefaultCurrencyIsoCode": manager.place.currency,
        "UserType": "Standard",
        "LanguageLocaleKey": "en_US",
        "Region__c": manager.place.region,
        "Role_Started_On__c": _moment(manager.role_started_on),
        **_audit(manager.user_id, manager.role_started_on),
    }


def _accounts(client: Client, world: World) -> Iterator[Row]:
    owner = client.owner(world.timeline.last).user_id
    for account in client.accounts:
        is_main = account is client.main
        row = {
            "Id": account.account_id,
            "IsDeleted": _flag(bool(account.merged_into)),
            "MasterRecordId": account.merged_into or NULL_LOOKUP,
            "Name": account.name,
            "Type": "Customer",
            "ParentId": account.parent_id or NULL_LOOKUP,
            "BillingCity": account.city,
            "BillingCountry": account.place.name,
            "BillingCountryCode": account.place.country,
            "Industry": client.industry,
            "CurrencyIsoCode": account.place.currency,
            "OwnerId": owner,
            "Region__c": account.place.region,
            "Time_Zone__c": account.time_zone,
            **_audit(owner, account.created_on, world.timeline.end),
        }
        if is_main:
            spend = client.size * client.place.per_usd * (1.6 + client.number % 7 * 0.55)
            row |= {
                "Executive_Sponsor__c": client.sponsor.contact_id,
                "Category_Spend__c": "" if client.number % 6 == 3 else f"{int(spend / 1000) * 1000}.0",
                "Category_Spend_Currency__c": client.place.currency,
            }
        if client.is_support and not account.merged_into:
            # One arrangement in fifteen was allowed to lapse.
            lapsed = client.number % 15 == 4
            ends_on = world.timeline.first_day(world.timeline.last + (-4 if lapsed else 2 + client.number % 12))
            row |= {"Support_Client__c": "1", "Support_Until__c": _moment(ends_on)}
        yield row


def _account_history(world: World) -> Iterator[Row]:
    """Two rows an owner change: one with the names, one with the ids."""
    number = 0
    for client in world.company.clients:
        for (_, old), (month, new) in zip(client.owners, client.owners[1:], strict=False):
            if world.timeline.first_day(month) <= client.main.created_on:
                continue
            changed_at = at(world.timeline.day(month, 4), 600 + client.number % 300)
            for account in client.accounts:
                for before, after in ((old.name, new.name), (old.user_id, new.user_id)):
                    number += 1
                    yield {
                        "Id": salesforce_id("AccountHistory", number),
                        "AccountId": account.account_id,
                        "CreatedById": new.user_id,
                        "CreatedDate": _moment(changed_at),
                        "Field": "Owner",
                        "DataType": "Text" if before == old.name else "EntityId",
                        "OldValue": before,
                        "NewValue": after,
                    }


def _contacts(client: Client, world: World) -> Iterator[Row]:
    owner = client.owner(world.timeline.last).user_id
    for contact in client.contacts:
        yield {
            "Id": contact.contact_id,
            "AccountId": contact.account_id,
            "FirstName": contact.first_name,
            "LastName": contact.last_name,
            "Email": contact.email,
            "Title": contact.title,
            "MailingCountry": client.place.name,
            "CurrencyIsoCode": client.place.currency,
            "OwnerId": owner,
            **_audit(owner, contact.created_on),
        }


def _contracts(world: World) -> Iterator[Row]:
    for contract in world.contracts:
        client = contract.client
        owner = client.owner(max(world.timeline.month_of(contract.starts_on), 0)).user_id
        yield {
            "Id": salesforce_id("Contract", contract.number),
            "AccountId": client.main.account_id,
            "CurrencyIsoCode": client.place.currency,
            "StartDate": _moment(contract.starts_on),
            "ContractTerm": str(contract.months),
            "OwnerId": owner,
            "Status": contract.status,
            "StatusCode": contract.status,
            "ContractNumber": f"{contract.number:08d}",
            "Contract_Value__c": f"{contract.value}.0",
            "Terminated_On__c": _moment(contract.terminated_on),
            "Termination_Reason__c": contract.termination_reason,
            "FX_Clause__c": _flag(contract.has_fx_clause),
            **_audit(owner, contract.starts_on - dt.timedelta(days=12)),
        }


def _opportunity(deal: Opportunity, world: World) -> Row:
    client, is_closed = deal.client, deal.outcome != "open"
    owner = client.owner(min(max(world.timeline.month_of(deal.created_on), 0), world.timeline.last)).user_id
    return {
        "Id": salesforce_id("Opportunity", deal.number),
        "AccountId": client.main.account_id,
        "Name": f"{client.name} - {deal.type}",
        "StageName": deal.stage,
        "Amount": f"{deal.amount}.0",
        "Probability": f"{deal.probability}.0",
        "ExpectedRevenue": f"{deal.amount * deal.probability / 100}",
        "CloseDate": _moment(deal.closes_on),
        "Type": deal.type,
        "IsClosed": _flag(is_closed),
        "IsWon": _flag(deal.outcome == "won"),
        "ForecastCategoryName": "Closed" if is_closed else "Pipeline",
        "ForecastCategory": "Closed" if is_closed else "Pipeline",
        "CurrencyIsoCode": client.place.currency,
        "OwnerId": owner,
        "LastStageChangeDate": _moment(deal.steps[-1][0]),
        "FiscalYear": str(deal.closes_on.year),
        "FiscalQuarter": str((deal.closes_on.month + 2) // 3),
        "Loss_Reason__c": deal.loss_reason,
        **_audit(owner, at(deal.created_on, 540), at(deal.steps[-1][0], 900)),
    }


def _opportunity_history(world: World) -> Iterator[Row]:
    number = 0
    for deal in world.opportunities:
        previous = ""
        for reached_on, stage, probability in deal.steps:
            number += 1
            yield {
                "Id": salesforce_id("OpportunityHistory", number),
                "OpportunityId": salesforce_id("Opportunity", deal.number),
                "CreatedById": deal.client.owner(world.timeline.last).user_id,
                "CreatedDate": _moment(at(reached_on, 540)),
                "StageName": stage,
                "Amount": f"{deal.amount}.0",
                "CloseDate": _moment(deal.closes_on),
                "Probability": f"{probability}.0",
                "FromOpportunityStageName": previous,
                "CurrencyIsoCode": deal.client.place.currency,
                "SystemModstamp": _moment(at(reached_on, 540)),
            }
            previous = stage


def _case(number: int, case: Case, world: World) -> Row:
    manager = case.client.owner(world.timeline.month_of(case.opened_at.date()))
    return {
        "Id": salesforce_id("Case", number),
        "CaseNumber": f"{number + 1:08d}",
        "ContactId": case.client.contacts[-1].contact_id,
        "AccountId": case.client.main.account_id,
        "Status": "Closed" if case.resolved_at else "Working",
        "Origin": "Email",
        "Subject": case.subject,
        "Priority": case.priority,
        "IsClosed": _flag(case.resolved_at is not None),
        "ClosedDate": _moment(case.resolved_at),
        "IsEscalated": _flag(case.is_escalated),
        "OwnerId": manager.user_id,
        "First_Response__c": _moment(case.responded_at),
        "SLA_Hours__c": "" if case.sla_hours is None else str(case.sla_hours),
        **_audit(manager.user_id, case.opened_at, case.resolved_at),
    }


def _activities(world: World) -> tuple[list[Row], list[Row]]:
    """Meetings become events; calls, e-mails and plan updates completed tasks."""
    events: list[Row] = []
    tasks: list[Row] = []
    for activity in world.activities:
        is_task = activity.type in TASK_TYPES
        (tasks if is_task else events).append(_task(len(tasks), activity) if is_task else _event(len(events), activity))
    return events, tasks


def _activity(activity: Activity, record_id: str) -> Row:
    contact = activity.contact
    label = _TYPES[activity.type]
    if activity.type == "strategic_review" and activity.happened_at.date() < _RENAMED_ON:
        label = "Business Review"
    owner, logged_at = activity.manager.user_id, _moment(activity.logged_at)
    return {
        "Id": record_id,
        "WhoId": contact.contact_id if contact else NULL_LOOKUP,
        "Subject": label,
        "ActivityDate": _moment(activity.happened_at.date()),
        "AccountId": contact.account_id if contact else activity.client.main.account_id,
        "OwnerId": owner,
        "Type": label,
        "CreatedDate": logged_at,
        "CreatedById": owner,
        "LastModifiedDate": logged_at,
        "LastModifiedById": owner,
        "SystemModstamp": logged_at,
    }


def _event(number: int, activity: Activity) -> Row:
    row = _activity(activity, salesforce_id("Event", number))
    row["ActivityDateTime"] = _moment(activity.happened_at)
    row["DurationInMinutes"] = "60"
    row["ShowAs"] = "Busy"
    row["Held__c"] = _flag(activity.is_held)
    if activity.type == "qbr":
        row["Executive_Attended__c"] = _flag(activity.executive_attended)
        row["Deck_Ready_On__c"] = _moment(activity.deck_ready_on)
        row["Actions_Logged__c"] = _flag(activity.actions_logged)
        row["Follow_Up_On__c"] = _moment(activity.follow_up_on)
    return row


def _task(number: int, activity: Activity) -> Row:
    row = _activity(activity, salesforce_id("Task", number))
    row["Status"] = "Completed"
    row["Priority"] = "Normal"
    row["IsClosed"] = "1"
    row["CompletedDateTime"] = _moment(activity.happened_at)
    return row
