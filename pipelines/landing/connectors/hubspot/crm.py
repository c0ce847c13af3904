"""Companies and contacts, and the people who own them: who the clients are and who looks after them."""

from __future__ import annotations

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, Extract
from pipelines.landing.connectors.hubspot import associations
from pipelines.landing.connectors.hubspot.records import SOURCE, ObjectFile, column
from pipelines.landing.kit import countries, display_names

_ACCOUNTS = (
    column("account_id"),
    column("name", "name", "domain"),
    column("parent_account_id", "hs_parent_company_id"),
    column("owner_id", "hubspot_owner_id"),
    column("industry", "industry"),
    column("country", "country"),
    column("created_on", "createdate"),
    column("billing_currency"),
)
_CONTACTS = (
    column("contact_id"),
    column("email", "email"),
    column("title", "jobtitle"),
)
_ID = r"^\d+$"


def companies(file: ObjectFile) -> list[Extract]:
    """accounts, the records that were merged into them, and their owners as users."""
    columns = file.build("accounts", _ACCOUNTS)
    columns["account_id"] = file.ids
    columns["billing_currency"] = columns["billing_currency"].fill_null(file.default_currency)
    columns["parent_account_id"] = display_names.parents(columns["parent_account_id"], columns["name"], file.ids, _ID)
    columns["country"], unknown = countries.codes(columns["country"], file.source.map_values, SOURCE, "Country/Region")
    file.findings += unknown
    return [file.extract("accounts", columns), *_merged(file, columns["name"]), *users(file, columns["owner_id"])]


def contacts(file: ObjectFile) -> list[Extract]:
    columns = file.build("contacts", _CONTACTS)
    columns["contact_id"] = file.ids
    if "name" not in columns:
        parts = pl.DataFrame({"first": file.text("firstname"), "last": file.text("lastname")})
        columns["name"] = parts.select(pl.concat_str("first", "last", separator=" ", ignore_nulls=True)).to_series()
    if "level" in columns:
        columns["level"] = columns["level"].str.to_lowercase()
    found, reason = associations.company(file, "contacts", "contact")
    return [file.extract("contacts", columns | found, reason)]


def users(file: ObjectFile, owners: pl.Series) -> list[Extract]:
    """A user for each display name. Ids (an export of internal values) tell no name: users.csv has to."""
    return display_names.users(owners, file.frame[LINE_NUMBER], _ID)


def _merged(file: ObjectFile, names: pl.Series) -> list[Extract]:
    """Companies that were merged away: HubSpot keeps only their ids, on the record that survived."""
    if not file.has("hs_merged_object_ids"):
        return []
    ids = file.text("hs_merged_object_ids").str.split(";")
    rows = pl.DataFrame({"account_id": ids, "merged_into_account_id": file.ids, "name": names}).with_columns(
        file.frame[LINE_NUMBER], file.frame[RAW]
    )
    rows = rows.explode("account_id").with_columns(pl.col("account_id").str.strip_chars())
    rows = rows.filter(pl.col("account_id").str.len_chars() > 0)
    # A name of its own, so that the survivor's stays unique and can be found.
    label = pl.format("{} (merged record {})", pl.col("name").fill_null(""), "account_id")
    return [Extract("accounts", rows.with_columns(label.alias("name")), file.exported_at, is_derived=True)]
