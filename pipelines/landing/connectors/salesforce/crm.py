"""Account, Contact, User and AccountHistory: who the clients are, who works there, who looks after them."""

from __future__ import annotations

import polars as pl

from pipelines.landing.connector import RAW, Extract
from pipelines.landing.connectors.salesforce.records import Column, Kind, ObjectFile, column
from pipelines.landing.kit import countries

_ACCOUNTS = (
    column("account_id", Kind.ID, "Id"),
    column("name", Kind.TEXT, "Name"),
    column("parent_account_id", Kind.ID, "ParentId"),
    column("merged_into_account_id", Kind.ID, "MasterRecordId"),
    column("owner_id", Kind.ID, "OwnerId"),
    column("industry", Kind.TEXT, "Industry"),
    column("country", Kind.TEXT, "BillingCountryCode", "BillingCountry"),
    column("region", Kind.TEXT),
    column("time_zone", Kind.TEXT),
    column("billing_currency", Kind.CURRENCY, "CurrencyIsoCode"),
    column("created_on", Kind.DAY_OF_TIME, "CreatedDate"),
    column("executive_sponsor_contact_id", Kind.ID),
    column("category_spend", Kind.MONEY),
    column("category_spend_currency", Kind.TEXT),
    column("support_arrangement_ends_on", Kind.DAY),
    column("is_support_client", Kind.FLAG),
)

_CONTACTS = (
    column("contact_id", Kind.ID, "Id"),
    column("account_id", Kind.ID, "AccountId"),
    column("email", Kind.TEXT, "Email"),
    column("title", Kind.TEXT, "Title"),
    column("level", Kind.TEXT),
)

_USERS = (
    column("user_id", Kind.ID, "Id"),
    column("email", Kind.TEXT, "Email"),
    column("region", Kind.TEXT),
    column("time_zone", Kind.TEXT, "TimeZoneSidKey"),
    column("role_started_on", Kind.DAY),
    column("is_active", Kind.FLAG, "IsActive"),
)

_OWNER_CHANGES: tuple[Column, ...] = (
    column("account_id", Kind.ID, "AccountId"),
    column("changed_at", Kind.TIME, "CreatedDate"),
    column("owner_id", Kind.ID, "NewValue"),
    column("_previous_owner_id", Kind.ID, "OldValue"),
)
_USER_ID = r"^005[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?$"


def accounts(file: ObjectFile) -> list[Extract]:
    """accounts, and account_external_ids where the settings name a field that holds another system's key."""
    columns = file.build(_ACCOUNTS)
    columns["billing_currency"] = columns["billing_currency"].fill_null(file.default_currency)
    columns["country"], unknown = countries.codes(
        columns["country"], file.source.map_values, "salesforce", "BillingCountry"
    )
    file.findings += unknown
    return [file.extract("accounts", columns), *_external_ids(file, columns["account_id"])]


def contacts(file: ObjectFile) -> list[Extract]:
    columns = file.build(_CONTACTS)
    columns["name"] = _full_name(file)
    columns["level"] = columns["level"].str.to_lowercase()
    return [file.extract("contacts", columns)]


def users(file: ObjectFile) -> list[Extract]:
    columns = file.build(_USERS)
    columns["name"] = _full_name(file)
    return [file.extract("users", columns)]


def owner_changes(file: ObjectFile) -> list[Extract]:
    """Of the two rows that Salesforce writes for a change, the one with user ids; all other rows are marked.

    A save that changes owner and industry writes rows of one account and one second. The marked ones get microseconds
    of their own, so that they do not compete for the key of the owner change.
    """
    columns = file.build(_OWNER_CHANGES)
    is_owner = (file.text("Field").str.to_lowercase() == "owner").fill_null(False)
    is_by_id = columns["owner_id"].str.contains(_USER_ID).fill_null(False)
    is_change = is_owner & is_by_id
    previous = columns["_previous_owner_id"]
    columns |= {
        "changed_at": columns["changed_at"].zip_with(is_change, _distinct_times(file, columns)),
        "owner_id": columns["owner_id"].set(~is_change, None),
        "_previous_owner_id": previous.set(~(is_change & previous.str.contains(_USER_ID)).fill_null(False), None),
    }
    notes = [
        ("the same owner change by name: its row with user ids counts", is_owner & ~is_by_id),
        ("history of another field than the owner", ~is_owner),
    ]
    return [file.extract("owner_changes", columns, notes)]


def _distinct_times(file: ObjectFile, columns: dict[str, pl.Series]) -> pl.Series:
    """The second of each row, with microseconds that number the differing rows of one account and second."""
    rows = pl.DataFrame({"account": columns["account_id"], "at": columns["changed_at"], "raw": file.frame[RAW]})
    number = pl.col("raw").rank("dense").over("account", "at").cast(pl.String).str.zfill(6)
    is_time = pl.col("at").str.ends_with("Z")
    distinct = pl.format("{}.{}Z", pl.col("at").str.slice(0, 19), number)
    return rows.select(pl.when(is_time).then(distinct).otherwise("at")).to_series()


def _full_name(file: ObjectFile) -> pl.Series:
    parts = pl.DataFrame({"first": file.text("FirstName"), "last": file.text("LastName")})
    joined = parts.select(pl.concat_str("first", "last", separator=" ", ignore_nulls=True)).to_series()
    return joined.set(joined == "", None).fill_null(file.text("Name"))


def _external_ids(file: ObjectFile, account_id: pl.Series) -> list[Extract]:
    parts = []
    for source, fields in file.settings.external_ids.items():
        for api_name in fields:
            keys = file.text(api_name).str.split(";")
            columns = {"source": file.constant(source), "source_key": keys, "account_id": account_id}
            parts.append(file.extract("account_external_ids", columns, is_derived=True).rows)
    if not parts:
        return []
    rows = pl.concat(parts).explode("source_key").with_columns(pl.col("source_key").str.strip_chars())
    rows = rows.filter(pl.col("source_key").is_not_null() & (pl.col("source_key") != "") & pl.col("_is_active"))
    return [Extract("account_external_ids", rows, is_derived=True)]
