"""Which export column becomes which entity column: the shipped list, what connectors do, and a company's own words."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from pipelines.landing.connectors import CONNECTORS
from pipelines.landing.entities import ENTITIES
from pipelines.landing.export_columns import ROWS, ExportColumn, export_columns, shipped_export_columns
from tests.export_columns import found_by_experiment, write_demo_files

MAPPING = """
account_key = "Client Code"
[match]
file = "talent_*.csv"
[entity.invoices]
where = { column = "State", equals = "Final" }
invoice_id = { join = ["Year", "Number"] }
kind = { constant = "invoice" }
status = "State"
currency = "Currency"
issued_on = "Day"
"""


def test_every_row_names_a_connector_and_a_column_of_an_entity() -> None:
    for each in shipped_export_columns():
        entity = ENTITIES[each.entity]
        assert each.system in CONNECTORS, each
        assert each.entity_column in {*entity.columns, *entity.technical_columns, ROWS}, each
    assert {each.system for each in shipped_export_columns()} == set(CONNECTORS) - {"template"}


def test_templates_are_the_entities_themselves() -> None:
    template = {each for each in export_columns() if each.system == "template"}
    assert ExportColumn("template", "invoices.csv", "paid_on", "invoices", "paid_on") in template
    assert {(each.entity, each.entity_column) for each in template} == {
        (entity.name, column) for entity in ENTITIES.values() if entity.is_canonical for column in entity.columns
    }


def test_a_column_named_in_the_settings_goes_before_the_usual_one() -> None:
    sources = {
        "hubspot": {"columns": {"accounts.country": "Territory", "industry": "Branch"}},
        "salesforce": {"fields": {"Case": {"responded_at": "Answered__c"}}},
    }
    found = export_columns(sources=sources)
    countries = [each.column for each in found if each.system == "hubspot" and each.entity_column == "country"]
    assert countries == ["Territory"]
    assert ExportColumn("hubspot", "companies export", "Branch", "accounts", "industry") in found
    cases = [each for each in found if each.system == "salesforce" and each.export == "Case"]
    answered = {(each.entity, each.column) for each in cases if each.entity_column == "responded_at"}
    assert answered == {("escalations", "Answered__c"), ("support_tickets", "Answered__c")}


def test_a_mapping_file_says_itself_what_it_maps(tmp_path: Path) -> None:
    (tmp_path / "talent.toml").write_text(MAPPING, encoding="utf-8")
    found = {each for each in export_columns(SimpleNamespace(mappings=tmp_path)) if each.system == "talent"}
    assert {(each.column, each.entity_column) for each in found} == {
        ("Client Code", "_account_key"), ("Year", "invoice_id"), ("Number", "invoice_id"), ("State", "status"),
        ("State", ROWS), ("Currency", "currency"), ("Day", "issued_on"),
    }  # fmt: skip


@pytest.mark.slow
def test_the_list_is_what_the_connectors_do(tmp_path: Path) -> None:
    """A difference is a connector that changed: `python -m tests.export_columns` writes the list anew."""
    write_demo_files(tmp_path)
    assert found_by_experiment(tmp_path) == set(shipped_export_columns())
