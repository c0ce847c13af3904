"""What a build sees of persons: the lake's rows with names and comments gone and addresses as keyed hashes.

It is done before dbt reads a row: what is never written into the warehouse file need not be taken out of it. Users are
employees, whose names stand on dashboards: they stay as they are. Job titles stay too, as they decide contacts' levels.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from pipelines.landing.entities import ENTITIES
from pipelines.privacy.pseudonyms import ADDRESS, masked

FOLDER = "personal"
# Entities about persons who are no users: columns that become empty, and columns whose addresses become hashes.
EMPTIED: Mapping[str, tuple[str, ...]] = {"contacts": ("name", "_name_key"), "nps_responses": ("comment",)}
HASHED: Mapping[str, tuple[str, ...]] = {
    "contacts": ("email", "_account_email"),
    "nps_responses": ("respondent_id", "_account_email"),
    "csat_responses": ("_account_email",),
}
HIDDEN = "(personal data: see the line in the file)"
_ADDRESS = "(address)"


def without_persons(connection: duckdb.DuckDBPyConnection, entity: str, query: str, folder: Path, key: str) -> str:
    """The query for an entity's rows, as models may see them; it writes a Parquet file into `folder` where it must."""
    if entity in HASHED:
        path = folder / f"{entity}.parquet"
        folder.mkdir(parents=True, exist_ok=True)
        _write_hashed(connection, entity, query, path, key)
        return f"select * from read_parquet({_text(path)})"
    if "_account_email" in ENTITIES[entity].technical_columns:  # only surveys find their account by an address
        return f"select * replace (cast(null as varchar) as _account_email) from ({query})"
    return query


def quarantine_without_persons(query: str) -> str:
    """Quarantine records without addresses; of records about persons neither the record nor its values are shown."""
    is_own = f"entity in ({', '.join(_text(entity) for entity in HASHED)})"
    address = _text(ADDRESS.pattern)
    return f"""
        select * replace (
            case when {is_own} then {_text(HIDDEN)} else regexp_replace(raw, {address}, '{_ADDRESS}', 'g') end as raw,
            case
                when {is_own} then {_without_quoted_values("reason")}
                else regexp_replace(reason, {address}, '{_ADDRESS}', 'g')
            end as reason
        ) from ({query})"""


def _without_quoted_values(reason: str) -> str:
    """The reason with its quoted values hidden, numbers of up to four digits aside: a score names nobody."""
    marked = rf"regexp_replace({reason}, '''(-?\d{{1,4}}(?:\.\d{{1,4}})?)''', '‹\1›', 'g')"
    hidden = f"regexp_replace({marked}, '''[^'']*''', '''…''', 'g')"
    return f"translate({hidden}, '‹›', '''''')"


def without_addresses(text: str | None) -> str | None:
    """A finding's text without addresses."""
    return ADDRESS.sub(_ADDRESS, text) if text else text


def _write_hashed(connection: duckdb.DuckDBPyConnection, entity: str, query: str, path: Path, key: str) -> None:
    columns = HASHED[entity]
    distinct = " union ".join(f'select "{column}" as value from ({query})' for column in columns)
    found = [value for (value,) in connection.execute(distinct).fetchall() if value and "@" in value]
    rows = [(value, masked(key, value)) for value in found]
    masks = pl.DataFrame(rows, schema={"value": pl.String, "mask": pl.String}, orient="row")
    emptied = [f'cast(null as varchar) as "{column}"' for column in EMPTIED.get(entity, ())]
    hidden = [f'coalesce(masks_{at}.mask, rows."{column}") as "{column}"' for at, column in enumerate(columns)]
    joins = [
        f'left join masks as masks_{at} on masks_{at}.value = rows."{column}"' for at, column in enumerate(columns)
    ]
    connection.register("masks", masks)
    connection.execute(
        f"""copy (
            select rows.* replace ({", ".join([*emptied, *hidden])}) from ({query}) as rows {" ".join(joins)}
        ) to {_text(path)} (format parquet)"""
    )
    connection.unregister("masks")


def _text(value: object) -> str:
    """A SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"
