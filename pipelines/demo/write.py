"""The thin edge of the demo: simulate, plant the mess, write the files into an inbox, report."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.demo.records import MapAccount
from pipelines.demo.simulate import World, simulate
from pipelines.demo.summary import DemoFile, DemoSummary, Planted
from pipelines.errors import UserError

_SMALLEST, _LARGEST = 20, 900
_COMPANY_SETTINGS = 'reporting_currency = "USD"\ncompany_time_zone = "UTC"\n'


def write_demo(inbox: Path, end: dt.date, seed: int = 7, clients: int = 300) -> DemoSummary:
    """Writes the exports of a simulated company's four years up to `end` into `inbox`, which is made if need be.

    The same `end`, `seed` and `clients` give the same bytes on any machine. Raises UserError where `end` is not a
    month's last day or `clients` is out of range.
    """
    if (end + dt.timedelta(days=1)).day != 1:
        raise UserError(
            f"{end} is not the last day of a month", done="nothing was written", do="give a month's last day"
        )
    if not _SMALLEST <= clients <= _LARGEST:
        raise UserError(f"{clients} clients cannot be simulated", do=f"choose from {_SMALLEST} to {_LARGEST}")
    # The writers' needs stay out of the import of the command line.
    from pipelines.demo.writers.salesforce import SETTINGS

    inbox.mkdir(parents=True, exist_ok=True)
    world = simulate(end, seed, clients)
    out = _Inbox(inbox)
    planted = [*_write_salesforce(world, out), *_write_stripe(world, out), *_write_templates(world, out)]
    _write_rates(world, out)
    return DemoSummary(
        inbox,
        world.timeline.start,
        end,
        seed,
        clients,
        tuple(sorted(out.files, key=lambda file: file.name)),
        tuple(planted),
        _COMPANY_SETTINGS + SETTINGS,
    )


@dataclass(slots=True)
class _Inbox:
    """The folder written into, and what has been written so far."""

    folder: Path
    files: list[DemoFile] = field(default_factory=list)

    def record(self, path: Path, rows: int) -> None:
        self.files.append(DemoFile(path.name, rows, path.stat().st_size))


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
