"""Stripe's API JSON, older and newer generation. The samples were made by hand after the API reference."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import UserError
from pipelines.landing.conform import conform
from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext
from pipelines.landing.connectors.stripe import StripeConnector, amounts, billing
from pipelines.landing.connectors.stripe.documents import read_documents
from pipelines.landing.connectors.stripe.products import Catalogue
from pipelines.landing.connectors.stripe.settings import StripeSettings
from pipelines.landing.entities import ENTITIES

SAMPLES = Path(__file__).parents[2] / "samples" / "stripe"
SHARED = Path("/work/shared/samples/stripe_api/invoice_objects.json")
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED}, the real sample export, is not here")


def incoming(path: Path) -> IncomingFile:
    return IncomingFile(path, path.name, "0" * 64, path.stat().st_size)


def read(path: Path, **settings: Any) -> dict[str, Extract]:
    source = SourceContext(settings, "USD", "America/New_York")
    return {extract.entity: extract for extract in StripeConnector().read(incoming(path), source)}


def sample(name: str, **settings: Any) -> dict[str, Extract]:
    return read(SAMPLES / name, **settings)


def rows(extract: Extract, *columns: str) -> list[tuple[Any, ...]]:
    return extract.rows.select(columns).rows()


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_samples_are_recognised_and_every_object_is_one_row(path: Path):
    assert StripeConnector().recognise(incoming(path))
    found = read(path)
    count = path.read_text().count
    documents = count('"object": "invoice"') + count('"object": "credit_note"')
    lines = count('"object": "line_item"') + count('"object": "credit_note_line_item"')
    assert (found["invoices"].rows.height, found["invoice_lines"].rows.height) == (documents, lines)
    assert found["invoices"].is_document and found["invoice_lines"].is_document


@pytest.mark.parametrize("text", ['[{"id": 1, "score": 9}]', '{"tickets": []}', "", "\x00", '{"object": "person"}'])
def test_other_systems_json_is_not_claimed(text: str, tmp_path: Path):
    path = tmp_path / "export.json"
    path.write_text(text)
    assert StripeConnector().recognise(incoming(path)) is None


def test_newer_generation():
    found = sample("invoices_new.json")
    invoice = found["invoices"].rows.row(0, named=True)
    expected = {
        "invoice_id": "in_new",
        "kind": "invoice",
        "status": "paid",
        "currency": "USD",
        "issued_on": "2026-01-02",
        "due_on": "2026-01-31",
        "paid_on": "2026-01-20",
        "_account_key": "cus_A1",
        "_account_name": "Müller & Söhne GmbH",
        "_account_email": "ap@mueller.example",
        "_account_hint": "0015E00001aaaaAQAQ",
        "_reject": None,
    }
    assert {name: invoice[name] for name in expected} == expected
    assert rows(found["invoice_lines"], "line_id", "amount", "quantity", "service_start", "service_end") == [
        ("il_1", "1200.00", "10", "2026-01-01", "2026-12-31"),
        ("il_2", "-25.00", "10", "2026-01-10", "2026-01-31"),
        ("il_3", "500.00", "10", None, None),
    ]
    assert rows(found["invoice_lines"], "product", "_product_2", "_product_3", "_product_4", "_product_ref")[0] == (
        "prod_1",
        "price_1",
        "Seats",
        None,
        "prod_1",
    )


def test_older_generation():
    found = sample("invoices_old.jsonl")
    assert rows(found["invoices"], "status", "currency", "issued_on") == [
        ("paid", "USD", "2026-01-02"),
        ("open", "JPY", "2026-01-02"),
        ("void", "KWD", "2026-01-02"),
        ("uncollectible", "ISK", "2026-01-02"),
        ("draft", "USD", "2026-01-01"),
    ]
    # 119.00 less 10.00 discount less 17.40 tax inside; tax on top takes nothing away.
    assert [amount for (amount,) in rows(found["invoice_lines"], "amount")] == ["91.60", "50000", "1.999", "1200.00"]
    first = found["invoice_lines"].rows.row(0, named=True)
    assert (first["division"], first["country"], first["service_line"]) == ("South", "DE", "MSP")
    assert (first["product"], first["_product_2"], first["_product_ref"]) == ("prod_2", "price_2", "prod_2")


def test_credit_notes_are_negative_and_take_product_and_period_of_the_credited_line():
    found = sample("concatenated.json")
    notes = [row for row in found["invoices"].rows.to_dicts() if row["kind"] == "credit_note"]
    assert [(note["invoice_id"], note["status"], note["issued_on"]) for note in notes] == [
        ("cn_1", "paid", "2026-02-03"),
        ("cn_2", "void", "2026-02-03"),
    ]
    assert {(note["credits_invoice_id"], note["reason"], note["_account_hint"]) for note in notes} == {
        ("in_new", "order_change", "0015E00001aaaaAQAQ")
    }
    lines = {row["line_id"]: row for row in found["invoice_lines"].rows.to_dicts()}
    credited = lines["cnli_1"]
    assert (credited["amount"], credited["credits_line_id"], credited["invoice_id"]) == ("-100.00", "il_1", "cn_1")
    assert (credited["service_start"], credited["service_end"]) == ("2026-01-01", "2026-12-31")
    assert (credited["product"], credited["country"]) == ("Platform seats", "FR")
    assert (lines["cnli_2"]["product"], lines["cnli_2"]["service_start"]) == ("Service credit", None)


def test_products_and_customers_of_the_file():
    found = sample("concatenated.json")
    assert rows(found["products"], "product_id", "name") == [("prod_1", "Platform seats")]
    links = found["account_external_ids"]
    assert links.is_derived
    assert rows(links, "source", "source_key", "account_id") == [("stripe", "cus_B2", "0015E00001aaaaBQAQ")]


def test_line_numbers_are_the_lines_on_which_objects_start():
    path = SAMPLES / "concatenated.json"
    physical = path.read_text().splitlines()
    for extract in sample("concatenated.json").values():
        for number, raw in rows(extract, "_line_number", "_raw"):
            first_key = f'"{json.loads(raw)["id"]}"'
            assert first_key in "".join(physical[number - 1 : number + 1])


def test_an_invoice_that_is_cut_off_is_quarantined_with_its_lines():
    found = sample("cut_off.json")
    for entity in ("invoices", "invoice_lines"):
        conformed = conform(ENTITIES[entity], found[entity].rows)
        assert conformed.rows.height == 0
        assert set(conformed.quarantine["reason"]) == {billing.CUT_OFF}
    assert found["invoice_lines"].rows.height == 2


def test_its_lines_in_the_same_file_complete_it():
    found = sample("completed.json")
    assert conform(ENTITIES["invoices"], found["invoices"].rows).rows.height == 1
    lines = conform(ENTITIES["invoice_lines"], found["invoice_lines"].rows)
    assert (lines.rows.height, lines.rows_duplicate, lines.quarantine.height) == (3, 1, 0)


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_refused_with_the_place(cut: float, tmp_path: Path):
    text = (SAMPLES / "concatenated.json").read_text()
    path = tmp_path / "invoices.json"
    path.write_text(text[: int(len(text) * cut)])
    with pytest.raises(Refused, match=r"line \d+, column \d+ \(byte \d+\)"):
        read(path)


@pytest.mark.parametrize(
    "text", ['[{"object":"invoice"},]', '{"a":1} x', "[1]", '[{"object":"invoice"} {}]', "[" * 9000]
)
def test_broken_json_is_refused(text: str):
    with pytest.raises(Refused):
        read_documents(text)


@given(st.text(alphabet='{}[],:"0a \n\\', max_size=40))
def test_no_text_brings_anything_but_a_refusal(text: str):
    try:
        read_documents(text)
    except Refused as refusal:
        assert refusal.do


def test_days_can_be_those_of_another_zone():
    assert rows(sample("invoices_new.json", time_zone="Europe/Berlin")["invoices"], "paid_on") == [("2026-01-21",)]


def test_account_ids_stand_under_the_metadata_keys_of_the_settings():
    found = sample("invoices_new.json", account_metadata_keys=["crm"])
    assert rows(found["invoices"], "_account_hint") == [(None,)]


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [(1999, "usd", "19.99"), (-5, "eur", "-0.05"), (500, "jpy", "500"), (1234, "kwd", "1.234"), (0, "ugx", "0.00")],
)
def test_major_units(amount: int, currency: str, expected: str):
    assert amounts.major_units(amount, currency) == expected


def test_a_period_within_one_day_is_that_day():
    assert amounts.service_days({"start": 1767225600, "end": 1767229200}, "UTC") == ("2026-01-01", "2026-01-01")


def test_what_is_no_time_or_amount_is_passed_through_for_the_core_to_name(tmp_path: Path):
    text = (SAMPLES / "invoices_old.jsonl").read_text().splitlines()[0]
    path = tmp_path / "invoices.jsonl"
    path.write_text(
        text.replace('"amount": 11900', '"amount": "119,00"').replace('"due_date": 1769817600', '"due_date": "soon"')
    )
    found = read(path)
    assert conform(ENTITIES["invoices"], found["invoices"].rows).quarantine["reason"].to_list() == [
        "due_on 'soon' is not a date such as 2025-01-31"
    ]
    assert "amount '119,00'" in conform(ENTITIES["invoice_lines"], found["invoice_lines"].rows).quarantine["reason"][0]


def every_place(value: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of every value in a JSON value."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from every_place(value[key])


@pytest.mark.parametrize("odd", [None, True, -1, 1e300, 10**30, "x", "\ud800", [], {}, [None], {"id": []}], ids=repr)
def test_no_odd_value_in_any_place_brings_the_connector_down(odd: Any):
    text = (SAMPLES / "concatenated.json").read_text() + (SAMPLES / "invoices_old.jsonl").read_text().splitlines()[0]
    for document in read_documents(text).objects:
        for container, key in list(every_place(document.value)):
            good, container[key] = container[key], odd
            with contextlib.suppress(Refused):
                changed = read_documents(json.dumps(document.value))
                catalogue = Catalogue.of(each.value for each in changed.objects)
                bills = billing.read_bills(changed, catalogue, StripeSettings())
                assert all("\ud800" not in str(row["_raw"]) for row in bills.invoices + bills.lines)
            container[key] = good


def test_two_versions_of_an_invoice_with_other_lines_are_no_duplicates(tmp_path: Path):
    invoice = json.loads((SAMPLES / "invoices_old.jsonl").read_text().splitlines()[0])
    other = json.loads(json.dumps(invoice))
    other["lines"]["data"][0]["id"] = "il_99"
    path = tmp_path / "invoices.json"
    path.write_text(json.dumps([invoice, other]))
    assert conform(ENTITIES["invoices"], read(path)["invoices"].rows).quarantine.height == 2


def test_findings_name_what_was_left_out(tmp_path: Path):
    path = tmp_path / "invoices.json"
    invoice = {"object": "invoice", "id": "in_1", "livemode": False, "lines": {"data": [], "has_more": False}}
    listed = {"object": "list", "data": [invoice], "has_more": True, "url": "/v1/invoices"}
    path.write_text(json.dumps(listed) + json.dumps({"object": "subscription", "id": "sub_1"}))
    codes = {finding.code for finding in read(path)["invoices"].findings}
    assert codes == {"list_goes_on", "test_mode", "ignored_objects"}


@pytest.mark.parametrize("settings", [{"timezone": "UTC"}, {"time_zone": "Mars"}, {"account_metadata_keys": "id"}])
def test_wrong_settings_are_named(settings: dict[str, Any]):
    with pytest.raises(UserError, match=next(iter(settings))):
        sample("invoices_new.json", **settings)


@needs_shared
def test_the_real_sample_lands_or_is_quarantined_with_reasons_that_make_sense():
    found = read(SHARED)
    invoices = conform(ENTITIES["invoices"], found["invoices"].rows)
    assert invoices.rows["invoice_id"].to_list() == ["in_1Pgc6tB7WZ01zgkWu9fdqL6I", "cn_1Pgc75B7WZ01zgkWJMPt5riP"]
    lines = conform(ENTITIES["invoice_lines"], found["invoice_lines"].rows)
    assert (lines.rows_read, lines.rows.height) == (5, 3)
    assert [str(amount) for amount in lines.rows["amount"]] == ["10.00", "-11.90", "-5.00"]
    assert any(billing.FOREIGN_LINE in reason for reason in lines.quarantine["reason"])
    assert any(billing.ORPHAN_CREDIT_LINE in reason for reason in lines.quarantine["reason"])
    assert {finding.code for finding in found["invoices"].findings} == {
        "ignored_objects",
        "test_mode",
        "collapsed_proration",
    }
