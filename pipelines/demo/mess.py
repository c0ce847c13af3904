"""The mess of real life, planted on purpose and counted: rows that must be quarantined, doubled, marked or reported.

Each function changes the rows it is given, in place, and says what it did. All planted rows are additions: taking them
away again would leave the clean company.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

from pipelines.demo.billing import Invoice, Line
from pipelines.demo.company import Account, Client
from pipelines.demo.ids import salesforce_id
from pipelines.demo.simulate import World
from pipelines.demo.summary import Planted
from pipelines.demo.timeline import Timeline
from pipelines.demo.vocabulary import CAREER_FAIR, MANAGED_RECRUITING, PLACES, SET_UP
from pipelines.demo.writers.salesforce_headers import NULL_LOOKUP
from pipelines.demo.writers.stripe import customer_id, invoice_document

Row = dict[str, str]
# Numbers far above those the company uses.
_FREE = 900_000
_FREE_ACCOUNT = 90_000


def in_template_files(tables: dict[str, list[tuple]]) -> list[Planted]:
    """Bad cells, unknown accounts, conflicting keys and doubled rows in the template tables."""

    def plant(entity: str, what: str, changes: list[dict[str, Any]]) -> Planted:
        for position, change in enumerate(changes):
            # Copies of rows from the middle of the file, under keys of their own.
            model: Any = tables[entity][len(tables[entity]) // 2 + position]
            tables[entity].append(model._replace(**change))
        return Planted(f"{entity}.csv", what, len(changes), "quarantined")

    def repeat(entity: str, rows: int) -> Planted:
        tables[entity].extend(tables[entity][10 : 10 + rows])
        return Planted(f"{entity}.csv", "the same row again", rows, "duplicate")

    nowhere = salesforce_id("Account", _FREE_ACCOUNT)
    planted = [
        plant("nps_responses", "score 11", [{"response_id": f"NPS-X{n}", "score": 11} for n in (1, 2)]),
        plant(
            "nps_responses",
            "account that does not exist",
            [{"response_id": f"NPS-Y{n}", "account_id": nowhere} for n in (1, 2)],
        ),
        plant("csat_responses", "score in words", [{"response_id": "CSAT-X1", "score": "ninety"}]),
        plant(
            "job_orders",
            "a day that does not exist",
            [{"order_id": f"JO-X{n}", "opened_on": "2026-02-31"} for n in (1, 2)],
        ),
        plant("placements", "no start date", [{"placement_id": f"PL-X{n}", "started_on": None} for n in (1, 2)]),
        plant("communications", "kind fax", [{"communication_id": "MSG-X1", "kind": "fax"}]),
        plant(
            "savings",
            "two different rows with one key",
            [{"saving_id": "SV-X1", "delivered": 1_000}, {"saving_id": "SV-X1", "delivered": 9_000}],
        ),
        plant(
            "invoice_lines",
            "amount with a thousands separator",
            [{"line_id": f"ADVL-X{n}", "amount": "1,250.00"} for n in (1, 2)],
        ),
        plant("invoice_lines", "invoice that does not exist", [{"line_id": "ADVL-Y1", "invoice_id": "ADV-9999999"}]),
        repeat("placements", 3),
        repeat("nps_responses", 2),
    ]
    return planted


def in_salesforce(tables: dict[str, list[Row]], timeline: Timeline) -> list[Planted]:
    """Deleted, draft and open rows, an unknown priority, an unknown deal type, a lost parent, doubled rows."""

    def plant(object_name: str, what: str, outcome: Any, rows: int, change: Row) -> Planted:
        found = tables[object_name]
        middle = len(found) // 2
        for model in found[middle : middle + rows]:
            number = (_FREE_ACCOUNT if object_name == "Account" else _FREE) + len(found)
            found.append(model | {"Id": salesforce_id(object_name, number)} | change)
        return Planted(f"{object_name}.csv", what, rows, outcome)

    tomorrow = f"{timeline.end + dt.timedelta(days=9)} 00:00:00"
    planted = [
        plant(
            "Account",
            "deleted test account",
            "marked",
            1,
            {"IsDeleted": "1", "MasterRecordId": NULL_LOOKUP, "Name": "TEST do not use"},
        ),
        plant(
            "Account",
            "parent that does not exist",
            "finding",
            1,
            {
                "IsDeleted": "0",
                "MasterRecordId": NULL_LOOKUP,
                "ParentId": salesforce_id("Account", _FREE_ACCOUNT + 9_999),
                "Name": "Wayside Trading Ltd",
            },
        ),
        plant("Case", "priority Blocker", "quarantined", 1, {"IsEscalated": "1", "Priority": "Blocker"}),
        plant("Contact", "deleted contact", "marked", 4, {"IsDeleted": "1"}),
        plant("Contract", "draft contract", "marked", 2, {"Status": "Draft", "StatusCode": "Draft"}),
        plant("Opportunity", "deleted opportunity", "marked", 2, {"IsDeleted": "1"}),
        plant("Opportunity", "type Referral, which no mapping knows", "finding", 3, {"Type": "Referral"}),
        plant("Task", "deleted task", "marked", 3, {"IsDeleted": "1"}),
        plant(
            "Task",
            "task still open",
            "marked",
            6,
            {"Status": "Not Started", "IsClosed": "0", "CompletedDateTime": "", "ActivityDate": tomorrow},
        ),
    ]
    tables["Contact"].extend(tables["Contact"][20:23])
    planted.append(Planted("Contact.csv", "the same row again", 3, "duplicate"))
    return planted


def in_hubspot(exports: dict[str, list[Row]]) -> list[Planted]:
    """A deal of two companies, an unknown priority, an unknown deal type, a deal of nobody, doubled rows."""

    def plant(of_object: str, what: str, outcome: Any, rows: int, change: Row) -> Planted:
        found, key = exports[of_object], next(iter(exports[of_object][0]))
        for model in found[len(found) // 2 : len(found) // 2 + rows]:
            found.append(model | {key: f"99{len(found):09d}"} | change)
        return Planted(f"hubspot {of_object}", what, rows, outcome)

    primary, companies = "Associated Company IDs (Primary)", [row["Record ID"] for row in exports["companies"][:2]]
    planted = [
        plant("deals", "two companies and no primary one", "quarantined", 1, {primary: ";".join(companies)}),
        plant("deals", "no company", "quarantined", 1, {primary: ""}),
        plant("deals", "type Referral, which no mapping knows", "finding", 3, {"Deal Type": "Referral"}),
        plant("tickets", "priority Blocker", "quarantined", 1, {"Pipeline": "Escalations", "Priority": "Blocker"}),
    ]
    exports["contacts"].extend(exports["contacts"][20:23])
    return [*planted, Planted("hubspot contacts", "the same row again", 3, "duplicate")]


def in_stripe(invoices: dict[int, list[dict[str, Any]]], world: World) -> list[Planted]:
    """In the last year's file: drafts, voids, strangers, an invoice cut off, and the overlap of two pages."""
    year = max(invoices)
    documents, name = invoices[year], f"stripe_invoices_{year}.json"
    clients = _linked(world)
    for made in void_and_draft_invoices(world):
        documents.append(invoice_document(made, made.account.name, {"account_id": made.account.account_id}))
    strangers = invoices_of_strangers(world)
    documents.extend(invoice_document(made, made.account.name, {}) for made in strangers)
    cut_off = clients[1].main
    made = _invoice(world, 200, cut_off, "open", 6, 990_000)
    made.lines[0].offer = MANAGED_RECRUITING
    document = invoice_document(made, cut_off.name, {"account_id": cut_off.account_id})
    document["lines"]["has_more"] = True
    documents.append(document)
    documents.extend(documents[40:43])
    return [
        _without_mapping(world, "stripe_invoices_*.json"),
        Planted(name, "draft invoice", 6, "marked"),
        Planted(name, "void invoice", 8, "marked"),
        *_of_strangers(strangers, name, lambda account: customer_id(account.account_id)),
        Planted(name, "invoice cut off (has_more)", 1, "quarantined"),
        Planted(name, "the same invoice again", 3, "duplicate"),
    ]


def in_accounting(world: World, file: str, has_drafts: bool) -> tuple[list[Invoice], list[Planted]]:
    """The same drafts, voids and strangers as invoices, for the last year's file of a system that exports lines."""
    odd = [made for made in void_and_draft_invoices(world) if has_drafts or made.status != "draft"]
    strangers = invoices_of_strangers(world)
    drafts = sum(made.status == "draft" for made in odd)
    marked = [Planted(file, "draft invoice", drafts, "marked")] if drafts else []
    marked.append(Planted(file, "void invoice", len(odd) - drafts, "marked"))
    planted = [_without_mapping(world, file), *marked, *_of_strangers(strangers, file, lambda account: account.name)]
    return [*odd, *strangers], planted


def void_and_draft_invoices(world: World) -> list[Invoice]:
    """Six drafts and eight voided invoices of known accounts."""
    clients = _linked(world)
    return [
        _invoice(world, n, clients[n % len(clients)].main, "draft" if n < 6 else "void", 3 + n, 450_000)
        for n in range(14)
    ]


def invoices_of_strangers(world: World) -> list[Invoice]:
    """Open invoices of two customers that no account is known for."""
    names = (("Bright Water Pop-up Events", 5), (f"{_linked(world)[0].name.split(' ')[0]} Holdings International", 3))
    accounts = [
        (Account(salesforce_id("Account", 95_000 + n), name, PLACES["US"], "", "", world.timeline.end), count)
        for n, (name, count) in enumerate(names)
    ]
    return [
        _invoice(world, 100 + 10 * n + number, account, "open", 10 + 30 * number, 280_000)
        for n, (account, count) in enumerate(accounts)
        for number in range(count)
    ]


def _linked(world: World) -> list[Client]:
    return [client for client in world.company.clients if client.main.stripe_link == "metadata"]


def _invoice(world: World, number: int, account: Account, status: str, days_ago: int, amount: int) -> Invoice:
    day = world.timeline.end - dt.timedelta(days=days_ago)
    line = Line(_FREE * 10 + number, SET_UP, 1, amount, country=account.place.country)
    return Invoice(_FREE + number, "stripe", account, account.place.currency, day, day, [line], status=status)


def _without_mapping(world: World, file: str) -> Planted:
    rows = sum(line.offer is CAREER_FAIR for each in world.invoices for line in each.lines)
    return Planted(file, f"line of a product without a mapping ({CAREER_FAIR.product})", rows, "finding")


def _of_strangers(invoices: list[Invoice], file: str, known_as: Callable[[Account], str]) -> list[Planted]:
    counts = Counter(known_as(made.account) for made in invoices)
    return [
        Planted(file, f"customer no account is known for: {key}", count, "quarantined") for key, count in counts.items()
    ]
