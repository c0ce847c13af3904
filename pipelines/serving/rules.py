"""What a limited reader sees of each table, as `tables.toml` says it, in SQL that every engine understands.

The SQL asks four relations of schema `rights`, each of one column and about one reader: `ams` (am_id), `clients`
(client_id), `accounts` (account_id) and `margin_months` (month). `RELATIONS` says how a release fills them.
"""

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pipelines.serving.principal import Principal

TABLES_FILE = Path(__file__).with_name("tables.toml")


class RowRule(StrEnum):
    """Which rows of a table; `tables.toml` says what each means."""

    CLIENT = "client"
    ACCOUNT = "account"
    AM = "am"
    SEGMENT = "segment"
    SEGMENT_OF_CLIENT = "segment_of_client"
    LARGE_COMPANY = "large_company"
    OPEN = "open"
    ALL_SEERS = "all_seers"


_AM = "am_id in (select am_id from rights.ams)"
_CLIENT = "client_id in (select client_id from rights.clients)"
_SEGMENT = (
    "((segment = 'am' and segment_value in (select am_id from rights.ams))"
    " or (segment = 'client' and segment_value in (select client_id from rights.clients)))"
)
PREDICATES = {
    RowRule.CLIENT: _CLIENT,
    RowRule.ACCOUNT: "account_id in (select account_id from rights.accounts)",
    RowRule.AM: _AM,
    RowRule.SEGMENT: _SEGMENT,
    RowRule.SEGMENT_OF_CLIENT: f"({_SEGMENT} and (client_id is null or {_CLIENT}))",
    RowRule.LARGE_COMPANY: "segment = 'company' and month in (select month from rights.margin_months)",
    RowRule.OPEN: "true",
    RowRule.ALL_SEERS: "false",
}
"""What a row must meet. A row whose keys are NULL meets none of them but `open`."""

ABOUT_CLIENTS = frozenset({RowRule.CLIENT, RowRule.ACCOUNT})
"""Rules of tables with a row a client or finer, where the masks of `[columns]` apply."""


class TableRule(BaseModel):
    """What a limited reader sees of one table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: RowRule
    hidden: tuple[str, ...] = ()
    needs: Literal["promotion"] | None = None

    def is_visible_to(self, principal: Principal) -> bool:
        """Whether the table is there at all for this limited reader."""
        return self.rows is not RowRule.ALL_SEERS and (self.needs is None or principal.may_see_promotion)

    @property
    def predicate(self) -> str:
        return PREDICATES[self.rows]


class Rules(BaseModel):
    """All of `tables.toml`: rules by schema and table, and the masks of columns that mean the same everywhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clients_of_an_aggregate: int
    columns: dict[str, Literal["am", "margins"]]
    tables: dict[str, dict[str, TableRule]]

    def of(self, schema: str, table: str) -> TableRule:
        """The rule of a table; one that nobody wrote a rule for is for those who see everything."""
        return self.tables.get(schema, {}).get(table, TableRule(rows=RowRule.ALL_SEERS))

    def mask(self, rule: TableRule, column: str, data_type: str, principal: Principal) -> str | None:
        """What the reader finds instead of the column, as SQL; None where it is shown as it is."""
        null = f"cast(null as {data_type})"
        if column in rule.hidden:
            return null
        kind = self.columns.get(column) if rule.rows in ABOUT_CLIENTS else None
        if kind == "margins" and not principal.may_see_margins:
            return null
        if kind == "am":
            return f"case when {quoted(column)} in (select am_id from rights.ams) then {quoted(column)} end"
        return None


@cache
def rules() -> Rules:
    """The rules of every table, as shipped in `tables.toml`."""
    return Rules.model_validate(tomllib.loads(TABLES_FILE.read_text(encoding="utf-8")))


def quoted(name: str) -> str:
    """An identifier of SQL, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'
