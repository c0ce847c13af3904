"""What PostgreSQL should hold for a release: a base table with its policies, and the view that readers use.

Pure: from columns and the rules of `serving` to SQL. A base table stands in a schema that no reader may use
(`marts_data.fct_arr`); its policies, one a role, decide which rows; the view of the same name (`marts.fct_arr`) runs
with the rights of its reader and decides which columns. The view asks for the rows again, because no policy holds in a
function that runs with the rights of a superuser.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.serving.limited import PUBLISHED
from pipelines.serving.principal import Principal, Role, role_rights
from pipelines.serving.rules import RowRule, TableRule, quoted, rules

if TYPE_CHECKING:
    from pipelines.serving.release import Release

DATA = "_data"  # schema marts_data holds what schema marts shows
TYPES = {
    "VARCHAR": "text", "BOOLEAN": "boolean", "DATE": "date", "DOUBLE": "double precision",
    "TINYINT": "smallint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint",
    "TIMESTAMP": "timestamp without time zone", "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}  # fmt: skip
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
ROLE_NOW = "(select role from rights.reader)"  # of whoever is logged in; NULL for a stranger
META, META_TABLES = "meta", "meta_tables"


@dataclass(frozen=True)
class Table:
    """One table of a release. `columns`: PostgreSQL's data types by name, in the release's order."""

    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]
    rule: TableRule

    @property
    def key(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def data_schema(self) -> str:
        return self.schema + DATA

    @property
    def base(self) -> str:
        return f"{quoted(self.data_schema)}.{quoted(self.name)}"

    @property
    def view(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def readers(self) -> tuple[Role, ...]:
        """The roles that have the table at all."""
        return tuple(role for role in Role if sees_all(role) or self.rule.is_visible_to(anybody(role)))

    @property
    def digest(self) -> str:
        """Changes with everything that the table, its view or its policies are made from."""
        parts = [*map(str, self.columns), self.select(), *(f"{name} {using}" for name, using in self.policies.items())]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def policies(self) -> dict[str, str]:
        """By group role: which rows. A group alone gives nothing: `access.toml` must say that the login is in it."""
        return {group(role): f"{is_one_of([role])} and ({self._rows_of(role)})" for role in self.readers}

    def _rows_of(self, role: Role) -> str:
        return "true" if sees_all(role) else self.rule.predicate

    def select(self, order: Sequence[str] = ()) -> str:
        """The query of the view, its columns in this order, or else in the release's."""
        kinds = dict(self.columns)
        shown = ", ".join(self._shown(name, kinds[name]) for name in order or kinds)
        rows = by_text(self.readers, self._rows_of)
        where = " or ".join(f"({is_one_of(roles)} and ({text}))" for text, roles in rows.items())
        return f"select {shown} from {self.base} where {where}"

    def _shown(self, column: str, kind: str) -> str:
        def seen_by(role: Role) -> str:
            masked = None if sees_all(role) else rules().mask(self.rule, column, kind, anybody(role))
            return masked or quoted(column)

        texts = by_text(Role, seen_by)
        if set(texts) == {quoted(column)}:
            return quoted(column)
        cases = " ".join(f"when {is_one_of(roles)} then {text}" for text, roles in texts.items())
        return f"cast(case {cases} end as {kind}) as {quoted(column)}"


def by_text(roles: Iterable[Role], text_of: Callable[[Role], str]) -> dict[str, list[Role]]:
    """Roles with the same text together, in their order."""
    found: dict[str, list[Role]] = {}
    for role in roles:
        found.setdefault(text_of(role), []).append(role)
    return found


def is_one_of(roles: Iterable[Role]) -> str:
    """SQL: whether whoever is logged in has one of the roles."""
    listed = ", ".join(f"'{role}'" for role in roles)
    return f"{ROLE_NOW} in ({listed})"


def group(role: Role) -> str:
    """The PostgreSQL role that everybody with this role is a member of."""
    return f"tenure_{role}"


def sees_all(role: Role) -> bool:
    return role_rights()[role].clients == "all"


def anybody(role: Role) -> Principal:
    """Somebody with the role: what a role sees of a table and of its columns is the same for all who have it."""
    return Principal(role, role, None if sees_all(role) else frozenset({""}))


def tables_of(release: Release) -> list[Table]:
    """The published tables of a release, by name, and the two that say which release it is.

    Raises UserError for a column of a type that PostgreSQL has no counterpart for.
    """
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    rows = release.rows(
        f"""select schema_name, table_name, column_name, data_type from duckdb_columns()
        where database_name = current_database() and schema_name in ({", ".join("?" * len(PUBLISHED))})
        order by schema_name, table_name, column_index""",
        PUBLISHED,
    )
    for schema, table, column, data_type in rows.rows():
        found.setdefault((schema, table), []).append((column, type_of(data_type, f"{schema}.{table}.{column}")))
    return [*(Table(*key, tuple(columns), rules().of(*key)) for key, columns in found.items()), *ABOUT]


def type_of(data_type: str, column: str) -> str:
    """PostgreSQL's name of a DuckDB type. Raises UserError, naming the column, for one without a counterpart."""
    if data_type.endswith("[]"):
        return f"{type_of(data_type.removesuffix('[]'), column)}[]"
    if decimal := DECIMAL.fullmatch(data_type):
        return f"numeric({decimal[1]},{decimal[2]})"
    if data_type not in TYPES:
        raise UserError(
            f"{column} is of type {data_type}, which has no counterpart in PostgreSQL",
            done="nothing was copied",
            do=f"make it one of {', '.join([*TYPES, 'DECIMAL'])} in the model",
        )
    return TYPES[data_type]


ABOUT = (
    Table(
        "ops",
        META,
        (
            ("release_id", "text"), ("as_of_on", "date"), ("published_at", "timestamp without time zone"),
            ("copied_at", "timestamp without time zone"), ("reporting_currency", "text"), ("fx_baseline_on", "date"),
            ("is_demo", "boolean"), ("warehouse_sha256", "text"), ("rights_sha256", "text"),
        ),
        TableRule(rows=RowRule.OPEN),
    ),
    # Totals of all clients: for those who see all of them.
    Table(
        "ops",
        META_TABLES,
        (("schema_name", "text"), ("table_name", "text"), ("row_count", "bigint"), ("totals", "jsonb")),
        TableRule(rows=RowRule.ALL_SEERS),
    ),
)  # fmt: skip
"""Which release PostgreSQL holds (one row, times in UTC), and how many rows and which exact sums each table has."""
