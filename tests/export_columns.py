"""Which column of which export becomes which column of an entity, found by experiment on the sample files.

Each column of a file is taken out, emptied, and its values are exchanged with each other, in turn: what then lands
otherwise is made from it. So nobody has to list it, and no list can be wrong. The result stands in
`pipelines/landing/export_columns.csv`, for the data dictionary:

python -m tests.export_columns          # writes it anew, in some minutes
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.demo import write_demo
from pipelines.landing.column_use import layout_of, with_table
from pipelines.landing.connector import IS_ACTIVE, LINE_NUMBER, NOTE, REJECT, Connector, IncomingFile, SourceContext
from pipelines.landing.connectors import CONNECTORS
from pipelines.landing.entities import ENTITIES
from pipelines.landing.export_columns import FILE, ROWS, ExportColumn, write_export_columns
from tests.all_systems import CASES, SAMPLES

TRIED_ROWS = 60
OBJECTS = ("Account", "AccountHistory", "Case", "Contact", "Contract", "Event", "Opportunity", "OpportunityHistory",
           "Task", "User")  # fmt: skip
# A name that stands for many columns of one kind.
CURRENCIES = {r"^[A-Z]{3}$": "(one column a currency)"}
QUESTIONS = {
    r"^How likely ": "(the question of 0 to 10)",
    r"^How satisfied ": "(the question that csat_question names)",
}


@dataclass(frozen=True)
class Export:
    """One kind of export of a system, and files that show it: samples, and `demo:` files of the simulated company.

    `settings` are of `[sources.<system>]`, where a file cannot be read without. `names`: patterns of column names and
    what is written for them.
    """

    system: str
    name: str
    files: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    header_rows: int = 1


def settings_of(case: str, system: str = "") -> dict[str, Any]:
    """What the hand-made case of a system says of it."""
    found: dict[str, Any] = tomllib.loads(CASES[case].get("settings", ""))["sources"][system or case]
    return found


def exports() -> list[Export]:
    """All kinds of export that there is a sample of."""
    report, quickbooks = "salesforce/report", settings_of("quickbooks") | {"date_order": "mdy"}
    return [
        *(Export("salesforce", name, (f"salesforce/weekly/{name}.csv", f"demo:{name}.csv")) for name in OBJECTS),
        Export("salesforce", "Account report", (f"{report}/report1750000000001.csv",)),
        Export("salesforce", "Opportunity report", (f"{report}/report1750000000002.csv",)),
        Export("salesforce", "Case report", (f"{report}/cases.csv",)),
        Export("salesforce", "Contact report", (f"{report}/contacts.csv",)),
        Export("salesforce", "Contract report", (f"{report}/contracts.csv",)),
        Export("salesforce", "Activity report", (f"{report}/activities.csv",)),
        *(
            Export("hubspot", f"{name} export", (f"hubspot/case/{file}", f"demo:{file}"))
            for name in ("companies", "contacts", "deals", "tickets")
            for file in [f"hubspot-crm-exports-all-{name}-2025-06-30.csv"]
        ),
        Export("stripe", "invoice (API)", ("stripe/completed.json", "stripe/invoices_new.json",
                                           "stripe/invoices_old.jsonl", "demo:stripe_invoices_2024.json")),
        Export("stripe", "credit_note (API)", ("demo:stripe_credit_notes.json",)),
        Export("stripe", "customer (API)", ("stripe/customers.json",)),
        Export("stripe", "product (API)", ("stripe/products.json",)),
        Export("stripe", "invoices (dashboard CSV)", ("stripe_dashboard/case/invoices.dashboard.csv",)),
        Export("quickbooks", "Sales by Customer Detail",
               ("quickbooks/case/quickbooks_sales.csv", "quickbooks/classic.csv", "quickbooks/new_layout.csv"),
               quickbooks),
        Export("xero", "sales invoices", ("xero/case/xero_sales.csv", "xero/sales_invoices.csv"),
               settings_of("xero") | {"date_order": "dmy"}),
        Export("netsuite", "transaction search", ("netsuite/case/TransactionSearchResults.csv",),
               settings_of("netsuite")),
        Export("zendesk", "ticket export (CSV)", ("zendesk/case/zendesk_export.csv",), settings_of("zendesk")),
        Export("zendesk", "tickets (API)", ("zendesk/case/zendesk_tickets.json",), settings_of("zendesk")),
        Export("jira", "issue export", ("jira/case/jira_1.csv", "jira/case/jira_0.csv")),
        Export("surveymonkey", "responses", ("surveymonkey/case/SurveyMonkey_relationship.csv",),
               settings_of("surveymonkey"), QUESTIONS, header_rows=2),
        Export("delighted", "survey responses (API)", ("delighted/case/survey_responses.json",),
               settings_of("delighted")),
        Export("bullhorn", "ClientCorporation (API)", ("bullhorn/case/ClientCorporation.json",)),
        Export("bullhorn", "JobOrder (API)", ("bullhorn/case/JobOrder.json",)),
        Export("bullhorn", "Placement (CSV)", ("bullhorn/case/bullhorn_placements.csv",)),
        Export("ecb", "reference rates", ("demo:eurofxref-hist.csv",), names=CURRENCIES),
    ]  # fmt: skip


class Landed(NamedTuple):
    """The rows of one extract: where each stands, whether the connector rejects it, whether it counts, the columns."""

    places: list[Any]
    rejected: list[Any]
    counts: list[Any]
    columns: dict[str, list[Any]]


Landing = dict[tuple[str, int], Landed]  # by entity and place of the extract
Target = tuple[str, str]  # entity and column
Land = Callable[[IncomingFile], Landing | None]
NOTHING = Landed([], [], [], {})


def found_by_experiment(demo: Path) -> set[ExportColumn]:
    """All export columns. `demo`: a folder with the simulated company's files (see `write_demo_files`)."""
    return {found for export in exports() for found in columns_of(export, demo)}


def write_demo_files(folder: Path) -> None:
    """A small simulated company with Salesforce and Stripe, and with HubSpot."""
    for crm in ("salesforce", "hubspot"):
        write_demo(folder, dt.date(2025, 6, 30), 11, 40, "stripe", crm)


def columns_of(export: Export, demo: Path) -> Iterator[ExportColumn]:
    """The columns of one kind of export, by all its files."""
    source = SourceContext(export.settings, reporting_currency="CHF")  # none of the samples is in it
    for name in export.files:
        path = demo / name.removeprefix("demo:") if name.startswith("demo:") else SAMPLES / name
        file = IncomingFile(path, path.name, "", path.stat().st_size)
        connector = next(each for each in CONNECTORS.values() if each.recognise(file))
        assert connector.name == export.system, f"{name} is read by {connector.name}"
        probe = probed_table if file.suffix == ".csv" else probed_json
        for column, targets in probe(file, export, lambda file: landed(file, connector, source)).items():  # noqa: B023
            written = next((words for like, words in export.names.items() if re.search(like, column)), column)
            for entity, entity_column in targets:
                yield ExportColumn(export.system, export.name, written, entity, entity_column)


def landed(file: IncomingFile, connector: Connector, source: SourceContext) -> Landing | None:
    """What a file becomes; None where it is refused."""
    try:
        extracts = connector.read(file, source)
    except Exception:  # mostly Refused; a header that nobody has ever written may break a reader in any way
        return None
    found: Landing = {}
    for position, extract in enumerate(extracts):
        rows, entity = extract.rows, ENTITIES[extract.entity]
        own = [name for name in (*entity.columns, *entity.technical_columns) if name in rows.columns]
        found[(entity.name, position)] = Landed(
            rows[LINE_NUMBER].to_list(),
            rows[REJECT].is_not_null().to_list() if REJECT in rows.columns else [],
            [rows[name].to_list() for name in (IS_ACTIVE, NOTE) if name in rows.columns],
            {name: rows[name].to_list() for name in own},
        )
    return found


def changed(before: Landing, after: Landing | None) -> set[Target]:
    """What two landings differ in. Where a row came or went, columns cannot be compared: that is all that is said.

    Where the connector rejects other rows, several columns that change are not all made from the one.
    """
    found: set[Target] = set()
    for (entity, position), old in before.items() if after is not None else ():
        new = (after or {}).get((entity, position), NOTHING)
        if new.places != old.places:
            found.add((entity, ROWS))
            continue
        empty: list[Any] = [None] * len(old.places)
        differ = {(entity, name) for name, cells in old.columns.items() if new.columns.get(name, empty) != cells}
        found |= differ if new.rejected == old.rejected or len(differ) == 1 else set()
        found |= {(entity, ROWS)} if new.counts != old.counts else set()
    return found


def probed_table(file: IncomingFile, export: Export, land: Land) -> dict[str, set[Target]]:
    """By column name, what is made from the column of a CSV file."""
    layout = layout_of(file)
    assert layout is not None
    start = layout.header_at + export.header_rows
    above = [cells for _, cells in layout.rows[layout.header_at + 1 : start]]
    width = len(layout.header)
    body = [[*cells, *[""] * (width - len(cells))] for _, cells in layout.rows[start:][:TRIED_ROWS]]

    def read(header: list[str], rows: list[list[str]]) -> Landing | None:
        return land(with_table(file, layout, header, [*above, *rows]))

    whole = read(layout.header, body)
    assert whole is not None, f"{file.name} cannot be read"
    found: dict[str, set[Target]] = defaultdict(set)
    for at, name in enumerate(layout.header):
        if name.strip():
            without = [*layout.header[:at], f"taken out {at}", *layout.header[at + 1 :]]
            found[name.strip()] |= changed(whole, read(without, body))
            for cells in ([""] * len(body), _exchanged([row[at] for row in body])):
                rows = [[*row[:at], cell, *row[at + 1 :]] for row, cell in zip(body, cells, strict=True)]
                found[name.strip()] |= changed(whole, read(layout.header, rows))
    return {name: targets for name, targets in found.items() if targets}


def probed_json(file: IncomingFile, export: Export, land: Land) -> dict[str, set[Target]]:
    """By path, what is made from the values there."""
    documents = _parsed(file)
    whole = land(_with_json(file, documents))
    assert whole is not None, f"{file.name} cannot be read"
    found: dict[str, set[Target]] = defaultdict(set)
    for path in dict.fromkeys(_paths(documents)):
        values = [owner[path[-1]] for owner in _owners(documents, path)]
        for others in (None, [None] * len(values), _exchanged(values)):
            edited = copy.deepcopy(documents)
            for at, owner in enumerate(list(_owners(edited, path))):
                if others is None:
                    del owner[path[-1]]
                else:
                    owner[path[-1]] = others[at]
            found[_written(path)] |= changed(whole, land(_with_json(file, edited)))
    return {name: targets for name, targets in found.items() if targets}


def _exchanged(values: list[Any]) -> list[Any]:
    """Each value replaced by the next other one: what belongs together by a common value stays together.

    Of a file in one currency, the code becomes another's.
    """
    texts = [json.dumps(value) for value in values]
    distinct = [text for text in dict.fromkeys(texts) if text not in ('""', "null")]
    following = dict(zip(distinct, distinct[1:] + distinct[:1], strict=True))
    if len(distinct) == 1 and re.fullmatch(r'"[A-Za-z]{3}"', distinct[0]):
        following = {distinct[0]: '"SEK"'}
    return [json.loads(following.get(text, text)) for text in texts]


def _parsed(file: IncomingFile) -> list[Any]:
    """The documents of a file that holds one or several, their lists cut to what is tried."""
    text, decoder, found, at = file.content.decode(), json.JSONDecoder(), [], 0
    while at < len(text):
        document, end = decoder.raw_decode(text, at)
        if isinstance(document, dict) and isinstance(document.get("data"), list):
            document["data"] = document["data"][:TRIED_ROWS]
        found.append(document)
        at = end + len(text[end:]) - len(text[end:].lstrip())
    return found


def _with_json(file: IncomingFile, documents: list[Any]) -> IncomingFile:
    return file.with_content("\n".join(map(json.dumps, documents)).encode())


def _paths(value: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to every value that is no object: keys, with `[]` for each list of objects."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*before, key))
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for inner in value:
            yield from _paths(inner, (*before, "[]"))
    elif before and before[-1] != "[]":
        yield before


def _owners(value: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The objects that hold the last key of a path."""
    if path[0] == "[]":
        for inner in value if isinstance(value, list) else []:
            yield from _owners(inner, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        if len(path) == 1:
            yield value
        else:
            yield from _owners(value[path[0]], path[1:])


def _written(path: tuple[str, ...]) -> str:
    """The path from the object that the export is about."""
    return re.sub(r"^(?:\[\])*\.?(?:data\[\]\.)?", "", ".".join(path).replace(".[]", "[]"))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_demo_files(Path(folder))
        found = found_by_experiment(Path(folder))
    write_export_columns(found)
    sys.stdout.write(f"{len(found)} rows in {FILE}\n")


if __name__ == "__main__":
    main()
