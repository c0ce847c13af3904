"""dbt's own words for tables, columns and tests, and that they are kept for each state of the project."""

from pathlib import Path

import pytest

from pipelines.landing.entities import ENTITIES
from pipelines.warehouse import catalogue
from pipelines.warehouse.catalogue import TableEntry, current_catalogue
from pipelines.warehouse.plan import Plan, current_plan


def test_a_table_has_its_contract_its_key_its_tests_and_its_rules() -> None:
    churn = current_catalogue().by_name["marts.fct_churn"]
    assert churn.description.startswith("One row a client and month")
    assert [(column.name, column.sql_type) for column in churn.columns][:3] == [
        ("client_id", "varchar"), ("month", "date"), ("am_id", "varchar"),
    ]  # fmt: skip
    assert all(column.description for column in churn.columns)
    assert churn.key == ("client_id", "month")
    assert "One row for each client_id, month." in churn.checks
    assert any(check.startswith("A churn without its movement") for check in churn.checks)
    assert any("surprise" in rule for rule in churn.rules)


def test_everything_published_has_a_description_and_words_for_its_tests() -> None:
    published = [table for table in current_catalogue().tables if table.schema in ("marts", "ops", "policy")]
    assert len(published) > 50
    assert [table.name for table in published if not table.description] == []
    assert [check for table in published for check in table.checks if len(check) < 12] == []


def test_the_lake_is_the_entities() -> None:
    lake = {table.name.removeprefix("lake."): table for table in current_catalogue().tables if table.schema == "lake"}
    for name, entity in ENTITIES.items():
        if name in lake:
            assert set(entity.columns) <= {column.name for column in lake[name].columns}, name
    assert "invoice_lines" in lake
    assert not any(table.schema == "policy_overlay" for table in current_catalogue().tables)


def test_a_catalogue_is_kept_for_its_state_and_made_anew_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make(plan: Plan) -> tuple[TableEntry, ...]:
        made.append(plan.state)
        return (TableEntry("marts.one", "One.", rows_of=("lake.two",), decided_by=(("lake.two", "x"),)),)

    monkeypatch.setattr(catalogue, "FILE", tmp_path / "catalogue.json")
    monkeypatch.setattr("pipelines.warehouse.catalogue_maker.make_catalogue", make)
    first = current_catalogue()
    assert current_catalogue() == first and len(made) == 1
    monkeypatch.setattr(catalogue, "current_plan", lambda: Plan("another", [], current_plan().nodes))
    assert current_catalogue().state != first.state and len(made) == 2
