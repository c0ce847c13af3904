"""HubSpot's record exports: companies, deals, tickets and contacts, all cells quoted, minutes without a zone.

The facts are those of the Salesforce export, column by column. What HubSpot's export cannot carry (who owned a company
before, what a user is, contracts beside deals, meetings held) is written as template files.
"""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipelines.demo.records import ActivityRow, ContractRow, OwnerChangeRow, UserRow
from pipelines.demo.simulate import World
from pipelines.demo.timeline import at
from pipelines.demo.writers.salesforce import TASK_TYPES, Row
from pipelines.demo.writers.salesforce_headers import NULL_LOOKUP

# The company's own properties, as its tenure.toml has to name them.
SETTINGS = """
[sources.hubspot]
time_zone = "UTC"
escalation_field = { field = "Pipeline", values = ["Escalations"] }

[sources.hubspot.columns]
"accounts.region" = "Region"
"accounts.time_zone" = "Time zone"
"accounts.billing_currency" = "Billing currency"
"accounts.executive_sponsor_contact_id" = "Executive sponsor"
"accounts.category_spend" = "Category spend"
"accounts.category_spend_currency" = "Category spend currency"
"accounts.is_support_client" = "Support client"
"accounts.support_arrangement_ends_on" = "Support until"
"support_tickets.sla_response_hours" = "SLA hours"
"""

# Label by field of the Salesforce export; columns that need more than a copy are added below.
_COMPANIES = {
    "Id": "Record ID",
    "Name": "Company name",
    "OwnerId": "Company owner",
    "Industry": "Industry",
    "CreatedDate": "Create Date",
    "BillingCity": "City",
    "BillingCountry": "Country/Region",
    "ParentId": "Parent Company",
    "Region__c": "Region",
    "Time_Zone__c": "Time zone",
    "CurrencyIsoCode": "Billing currency",
    "Executive_Sponsor__c": "Executive sponsor",
    "Category_Spend__c": "Category spend",
    "Category_Spend_Currency__c": "Category spend currency",
    "Support_Client__c": "Support client",
    "Support_Until__c": "Support until",
}
_DEALS = {
    "Id": "Record ID",
    "Name": "Deal Name",
    "StageName": "Deal Stage",
    "CloseDate": "Close Date",
    "OwnerId": "Deal owner",
    "Amount": "Amount",
    "CurrencyIsoCode": "Currency",
    "Type": "Deal Type",
    "CreatedDate": "Create Date",
    "IsClosed": "Is Deal Closed?",
    "IsWon": "Is Closed Won",
    "Loss_Reason__c": "Closed Lost Reason",
    "AccountId": "Associated Company IDs (Primary)",
}
_TICKETS = {
    "Id": "Ticket ID",
    "Subject": "Ticket name",
    "CreatedDate": "Create date",
    "OwnerId": "Ticket owner",
    "Priority": "Priority",
    "ClosedDate": "Close date",
    "First_Response__c": "First agent reply date",
    "SLA_Hours__c": "SLA hours",
    "AccountId": "Associated Company IDs",
}
_CONTACTS = {
    "Id": "Record ID",
    "FirstName": "First Name",
    "LastName": "Last Name",
    "Email": "Email",
    "Title": "Job Title",
    "OwnerId": "Contact owner",
    "CreatedDate": "Create Date",
    "AccountId": "Associated Company IDs (Primary)",
}
_FLAGS = ("Is Deal Closed?", "Is Closed Won", "Support client")
_TIMES = ("Create Date", "Create date", "Close Date", "Close date", "First agent reply date")


def hubspot_exports(world: World, tables: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Rows by object, with labels. `tables`: the Salesforce export of the world, whose ids are HubSpot's already."""
    merged: dict[str, list[str]] = {}
    for client in world.company.clients:
        for account in client.accounts:
            if account.merged_into:
                merged.setdefault(account.merged_into, []).append(account.account_id)
    companies = [_labelled(row, _COMPANIES) for row in tables["Account"] if row["IsDeleted"] == "0"]
    for row in companies:
        row["Merged Company IDs"] = ";".join(merged.get(row["Record ID"], []))
    deals = [_labelled(row, _DEALS) for row in tables["Opportunity"]]
    for number, (row, deal) in enumerate(zip(deals, world.opportunities, strict=True)):
        row |= {
            "Record ID": f"92{number:09d}",
            "Pipeline": "Sales Pipeline",
            "Deal probability": f"{deal.probability / 100}",
        }
    tickets = [_labelled(row, _TICKETS) for row in tables["Case"]]
    for number, (row, case) in enumerate(zip(tickets, world.cases, strict=True)):
        row |= {
            "Ticket ID": f"93{number:09d}",
            "Pipeline": "Escalations" if case.is_escalated else "Support Pipeline",
            "Ticket status": "Closed" if case.resolved_at else "New",
            "Priority": case.priority.replace("Critical", "Urgent"),
        }
    contacts = [_labelled(row, _CONTACTS) for row in tables["Contact"]]
    return {"companies": companies, "deals": deals, "tickets": tickets, "contacts": contacts}


def write_export(path: Path, rows: list[Row]) -> None:
    """One object's file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def template_tables(world: World, tables: dict[str, list[Row]]) -> dict[str, list[Any]]:
    """Rows of the entities that the exports cannot carry."""
    return {
        "users": list(_users(tables["User"])),
        "owner_changes": list(_owner_changes(world, tables["AccountHistory"])),
        "contracts": list(_contracts(world)),
        "activities": list(_activities(world)),
    }


def _labelled(row: Row, labels: dict[str, str]) -> Row:
    return {label: _cell(label, row.get(field, "")) for field, label in labels.items()}


def _cell(label: str, value: str) -> str:
    if value == NULL_LOOKUP:
        return ""
    if label in _FLAGS:
        return "true" if value == "1" else "false"
    if label in _TIMES:
        return value[:16]
    return value[:10] if label == "Support until" else value


def _users(rows: list[Row]) -> Iterator[UserRow]:
    for row in rows:
        started = row["Role_Started_On__c"][:10]
        yield UserRow(
            row["Id"],
            row["Id"],
            row["Email"],
            row["Region__c"],
            row["TimeZoneSidKey"],
            started,
            row["IsActive"] == "1",
        )


def _owner_changes(world: World, rows: list[Row]) -> Iterator[OwnerChangeRow]:
    """The changes of Salesforce's history, and the first owner before them, whom that names as the old value."""
    created = {a.account_id: a.created_on for client in world.company.clients for a in client.accounts}
    # Salesforce writes two rows a change, one of ids and one of names: here they are the same.
    changes = {(row["AccountId"], row["CreatedDate"]): row for row in rows}
    known: set[str] = set()
    for (account_id, changed_at), row in changes.items():
        if account_id not in known:
            known.add(account_id)
            yield OwnerChangeRow(account_id, at(created[account_id], 0), row["OldValue"])
        yield OwnerChangeRow(account_id, dt.datetime.fromisoformat(changed_at), row["NewValue"])


def _contracts(world: World) -> Iterable[ContractRow]:
    for contract in world.contracts:
        yield ContractRow(
            f"C-{contract.number:06d}",
            contract.client.main.account_id,
            contract.starts_on,
            contract.ends_on,
            contract.value,
            contract.client.place.currency,
            contract.has_fx_clause,
            contract.terminated_on,
            contract.termination_reason,
        )


def _activities(world: World) -> Iterable[ActivityRow]:
    for number, each in enumerate(world.activities):
        is_qbr = each.type == "qbr"
        yield ActivityRow(
            f"A-{number:07d}",
            each.contact.account_id if each.contact else each.client.main.account_id,
            each.contact.contact_id if each.contact else "",
            each.manager.user_id,
            each.type,
            each.happened_at,
            each.logged_at,
            None if each.type in TASK_TYPES else each.is_held,
            each.executive_attended if is_qbr else None,
            each.deck_ready_on,
            each.actions_logged if is_qbr else None,
            each.follow_up_on,
        )
