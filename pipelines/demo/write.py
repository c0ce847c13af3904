"""The thin edge of the demo: simulate, plant the mess, write the files into an inbox, report."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.demo.records import MapAccount
from pipelines.demo.simulate import World, simulate
from pipelines.demo.summary import DemoFile, DemoSummary, Planted
from pipelines.errors import UserError

_SMALLEST, _LARGEST = 20, 900
_COMPANY_SETTINGS = 'reporting_currency = "USD"\ncompany_time_zone = "UTC"\n'


def write_demo(
    inbox: Path, end: dt.date, seed: int = 7, clients: int = 300, billing: str = "stripe", crm: str = "salesforce"
) -> DemoSummary:
    """Writes the exports of a simulated company's four years up to `end` into `inbox`, which is made if need be.

    `crm` (salesforce or hubspot) is the system that knows the clients; what its exports cannot carry is written as
    template files. `billing` (stripe, xero or quickbooks) is the system whose exports hold the invoices, the same ones
    in each. The same arguments give the same bytes on any machine. Raises UserError where `end` is not a month's last
    day, `clients` is out of range, or a system is none of those.
    """
    if (end + dt.timedelta(days=1)).day != 1:
        raise UserError(
            f"{end} is not the last day of a month", done="nothing was written", do="give a month's last day"
        )
    if not _SMALLEST <= clients <= _LARGEST:
        raise UserError(f"{clients} clients cannot be simulated", do=f"choose from {_SMALLEST} to {_LARGEST}")
    write_invoices, billing_settings = _billing_system(billing)
    write_crm, crm_settings = _crm_system(crm)
    inbox.mkdir(parents=True, exist_ok=True)
    world = simulate(end, seed, clients)
    out = _Inbox(inbox)
    planted = [*write_crm(world, out), *write_invoices(world, out), *_write_templates(world, out)]
    _write_rates(world, out)
    return DemoSummary(
        inbox,
        world.timeline.start,
        end,
        seed,
        clients,
        tuple(sorted(out.files, key=lambda file: file.name)),
        tuple(planted),
        _COMPANY_SETTINGS + crm_settings + billing_settings,
    )


@dataclass(slots=True)
class _Inbox:
    """The folder written into, and what has been written so far."""

    folder: Path
    files: list[DemoFile] = field(default_factory=list)

    def record(self, path: Path, rows: int) -> None:
        self.files.append(DemoFile(path.name, rows, path.stat().st_size))


def _crm_system(crm: str) -> tuple[Callable[[World, _Inbox], list[Planted]], str]:
    """What writes the CRM's exports, and the settings its files need."""
    from pipelines.demo.writers import hubspot, salesforce

    systems = {
        "salesforce": (_write_salesforce, salesforce.SETTINGS),
        "hubspot": (_write_hubspot, hubspot.SETTINGS),
    }
    if crm not in systems:
        raise UserError(f"{crm} is no CRM the demo company has", do=f"choose from {', '.join(systems)}")
    return systems[crm]


def _write_hubspot(world: World, out: _Inbox) -> list[Planted]:
    from pipelines.demo import mess
    from pipelines.demo.writers import hubspot, hubspot_ids, salesforce

    hubspot_ids.use_hubspot_ids(world)
    tables = salesforce.salesforce_tables(world)
    exports = hubspot.hubspot_exports(world, tables)
    planted = mess.in_hubspot(exports)
    for name, rows in exports.items():
        path = out.folder / f"hubspot-crm-exports-all-{name}-{world.timeline.end}.csv"
        hubspot.write_export(path, rows)
        out.record(path, len(rows))
    world.tables |= hubspot.template_tables(world, tables)
    return planted


def _write_salesforce(world: World, out: _Inbox) -> list[Planted]:
    from pipelines.demo import mess
    from pipelines.demo.writers import salesforce

    tables = salesforce.salesforce_tables(world)
    planted = mess.in_salesforce(tables, world.timeline)
    for name, rows in tables.items():
        path = out.folder / f"{name}.csv"
        salesforce.write_table(path, name, rows)
        out.record(path, len(rows))
    return planted


def _write_stripe(world: World, out: _Inbox) -> list[Planted]:
    import orjson

    from pipelines.demo import mess
    from pipelines.demo.writers import stripe

    invoices, notes, to_map = stripe.stripe_documents(world)
    planted = mess.in_stripe(invoices, world)
    pages = {f"stripe_invoices_{year}.json": ("/v1/invoices", invoices[year]) for year in sorted(invoices)}
    pages["stripe_credit_notes.json"] = ("/v1/credit_notes", notes)
    for name, (url, documents) in pages.items():
        path = out.folder / name
        path.write_bytes(orjson.dumps({"object": "list", "data": documents, "has_more": False, "url": url}))
        out.record(path, len(documents))
    world.tables["map_accounts"] = [MapAccount("stripe", customer, account_id) for customer, account_id in to_map]
    return planted


def _billing_system(name: str) -> tuple[Callable[[World, _Inbox], list[Planted]], str]:
    """What writes a billing system's exports, and what `tenure.toml` has to say of them."""
    from pipelines.demo.writers import quickbooks, xero

    systems = {
        "stripe": (_write_stripe, ""),
        "xero": (_write_xero, xero.SETTINGS),
        "quickbooks": (_write_quickbooks, quickbooks.SETTINGS),
    }
    if name not in systems:
        raise UserError(f"the demo company cannot bill with '{name}'", do=f"choose one of {', '.join(systems)}")
    return systems[name]


def _write_xero(world: World, out: _Inbox) -> list[Planted]:
    from pipelines.demo.writers import billed, xero

    books = billed.books(world, "xero_sales_invoices", has_drafts=True)
    for name, invoices in books.files:
        rows = [row for invoice in invoices for row in xero.invoice_rows(invoice, books.customers, books.credited)]
        if name == books.newest:
            repeated = rows[4:7]
            rows += repeated
            books.planted.append(Planted(name, "the same line again", len(repeated), "duplicate"))
        xero.write_file(out.folder / name, rows)
        out.record(out.folder / name, len(rows))
    _map_customers(world, books.customers.to_map, "xero")
    return books.planted


def _write_quickbooks(world: World, out: _Inbox) -> list[Planted]:
    from pipelines.demo.writers import billed, quickbooks

    books = billed.books(world, "quickbooks_sales", has_drafts=False)
    for name, invoices in books.files:
        path = out.folder / name
        out.record(path, quickbooks.write_report(path, invoices, books.customers, books.credited))
    _map_customers(world, books.customers.to_map, "quickbooks")
    return books.planted


def _map_customers(world: World, to_map: dict[str, str], source: str) -> None:
    world.tables["map_accounts"] = [MapAccount(source, key, account_id) for key, account_id in sorted(to_map.items())]


def _write_templates(world: World, out: _Inbox) -> list[Planted]:
    from pipelines.demo import mess
    from pipelines.demo.writers import template

    own_book = [invoice for invoice in world.invoices if invoice.channel == "template"]
    world.tables["invoices"], world.tables["invoice_lines"] = template.invoice_rows(own_book)
    planted = mess.in_template_files(world.tables)
    for entity, rows in world.tables.items():
        path = out.folder / f"{entity}.csv"
        template.write_entity(path, entity, rows)
        out.record(path, len(rows))
    return planted


def _write_rates(world: World, out: _Inbox) -> None:
    from pipelines.demo.writers.ecb import ecb_history

    history = ecb_history(world.timeline.start, world.timeline.end)
    path = out.folder / "eurofxref-hist.csv"
    path.write_bytes(history)
    out.record(path, history.count(b"\n") - 1)
