"""Where personal data may be: every column that could hold some is classed, and published columns are on a list."""

import re
from pathlib import Path

import duckdb
import yaml

from pipelines.landing.entities import ENTITIES
from pipelines.privacy.originals import NAMED_BY, OWN
from pipelines.warehouse.personal import EMPTIED, HASHED, HIDDEN, quarantine_without_persons

MODELS = Path(__file__).parents[3] / "dbt_project" / "models"
TELLING = re.compile(r"name|email|title|phone|comment|reason|objective|person|contact|respondent|owner|user_id|author")
# Columns whose names could be a person's and whose values are not.
NOBODY = {
    "accounts.name": "a company",
    "products.name": "a product",
    "public_holidays.name": "a holiday",
    "map_churn_reasons.reason": "a word of the mapping",
    "map_credit_reasons.reason": "a word of the mapping",
}
# What published tables may hold of persons. Users are employees: their names and ids are what scorecards are about.
PUBLISHED = {
    "am_name": "a user's name",
    "email": "a user's address, in dim_account_managers only",
    "objective": "what a user set out to do",
    "churn_reason": "why a client left, as the CRM's list of reasons says",
    "client_name": "a company",
    "quarter_name": "a quarter",
}
COUNTS = re.compile(r"_contacts$|^contacts$|_contact$|^respondents$")


def test_every_column_that_could_name_a_person_is_classed() -> None:
    loose = [
        f"{entity.name}.{column}"
        for entity in ENTITIES.values()
        for column in entity.columns
        if TELLING.search(column) and entity.kinds[column] == "text" and not entity.about(column)["pii"]
    ]
    assert sorted(loose) == sorted(NOBODY)


def test_builds_see_no_name_address_or_comment_of_anybody_but_users() -> None:
    for name in OWN:
        entity = ENTITIES[name]
        covered = {*EMPTIED.get(name, ()), *HASHED[name]}
        personal = {column for column, kind in entity.pii.items() if kind in {"name", "email", "free_text"}}
        assert personal <= covered, name
        assert ("_account_email" in entity.technical_columns) == ("_account_email" in covered), name


def test_every_entity_with_an_id_of_a_contact_or_respondent_is_searched() -> None:
    named = {
        (entity.name, column)
        for entity in ENTITIES.values()
        for column in entity.columns
        if "contact" in column or "respondent" in column
    }
    searched = {(entity, column) for entity, columns in NAMED_BY.items() for column in columns}
    assert {pair for pair in named if ENTITIES[pair[0]].about(pair[1])["pii"]} <= searched


def test_published_columns_name_no_contact_or_respondent() -> None:
    found: dict[str, set[str]] = {}
    for path in sorted((MODELS / "marts").glob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            for column in model.get("columns", []):
                name, kind = column["name"], str(column.get("data_type", "")).lower()
                if TELLING.search(name) and not COUNTS.search(name) and kind in {"varchar", "string", "text"}:
                    found.setdefault(name, set()).add(model["name"])
    assert set(found) <= set(PUBLISHED), found
    assert found["email"] == {"dim_account_managers"}


def test_reasons_about_persons_keep_small_numbers_and_hide_all_other_values() -> None:
    """A score out of range is told; a name that stands in the score's column is not."""
    reasons = [
        "score '11' is not in the range 0 to 10",
        "score 'Ann Smith' is not a whole number",
        "respondent '118000000005' is unknown",
        "score '-3.5' and name 'O‹1›Hara'",
    ]
    given = " union all ".join(
        f"select 'nps_responses' as entity, 'raw' as raw, {_text(reason)} as reason" for reason in reasons
    )
    found = duckdb.sql(quarantine_without_persons(given)).fetchall()
    assert [reason for _, _, reason in found] == [
        "score '11' is not in the range 0 to 10",
        "score '…' is not a whole number",
        "respondent '…' is unknown",
        "score '-3.5' and name '…'",
    ]
    assert {raw for _, raw, _ in found} == {HIDDEN}


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
