"""The contracts say what the template description says."""

import re
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.landing.entities import ENTITIES


def described(path: Path) -> dict[str, tuple[list[str], dict[str, tuple[str, bool]]]]:
    """{entity: (key, {column: (kind, required)})} as the table of the template description has it."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 3 or not re.fullmatch(r"[a-z_]+", cells[0]) or cells[0] == "entity":
            continue
        columns = {}
        for part in re.sub(r"\([^)]*\)", "", cells[2]).split(","):
            name, _, rest = part.strip().partition(" ")
            columns[name.rstrip("*")] = (rest.split(" ")[0].strip(";") or "text", name.endswith("*"))
        found[cells[0]] = ([key.strip() for key in cells[1].split(",")], columns)
    return found


def test_the_contracts_are_those_of_the_template_description(shared: Path) -> None:
    table = described(shared / "templates.md")
    assert set(table) == {name for name, entity in ENTITIES.items() if entity.is_canonical}
    for name, (pk, columns) in table.items():
        entity = ENTITIES[name]
        assert {c: (entity.kinds[c], c in entity.required) for c in entity.columns} == columns, name
        assert entity.pk == pk, name


@pytest.mark.parametrize("name", list(ENTITIES))
def test_parquet_and_sql_types_of_the_lake_agree(name: str, tmp_path: Path) -> None:
    entity = ENTITIES[name]
    path = tmp_path / "empty.parquet"
    pl.DataFrame(schema=entity.lake_schema()).write_parquet(path)
    described = duckdb.sql(f"describe select * from '{path}'").fetchall()
    assert {row[0]: row[1] for row in described} == entity.sql_schema()


def test_personal_data_are_marked() -> None:
    assert ENTITIES["contacts"].pii == {"contact_id": "pseudonym", "name": "name", "email": "email", "title": "title"}
    assert ENTITIES["nps_responses"].pii["comment"] == "free_text"
    unmarked = [
        (entity.name, column)
        for entity in ENTITIES.values()
        for column in entity.columns
        if column in {"email", "comment", "user_id", "contact_id", "respondent_id"} and column not in entity.pii
    ]
    assert unmarked == []


def test_crosswalk_columns_stand_where_an_account_may_be_foreign() -> None:
    assert "_account_key" in ENTITIES["invoices"].lake_schema()
    assert "_account_key" not in ENTITIES["accounts"].lake_schema()
    assert ENTITIES["invoice_lines"].technical_columns == ["_product_2", "_product_3", "_product_4", "_product_ref"]
