"""What all entity contracts share, and the `Entity` through which the rest of landing and the warehouse see them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import dataframely as dy
import polars as pl

from pipelines.landing.entities.fields import POLARS_TYPES, SQL_TYPES

ROW = "_row"

# Every landed row says where it comes from and whether it takes part.
LANDING_COLUMNS = {
    "_source": "text",
    "_load_seq": "int",
    "_newness_at": "ts",
    "_file_name": "text",
    "_line_number": "int",
    "_is_active": "bool",
    "_note": "text",
    "_is_document": "bool",
}
# What a foreign customer is known by, until the warehouse finds its account.
CROSSWALK_COLUMNS = ("_account_key", "_account_name", "_account_name_key", "_account_hint", "_account_email")
# Their account_id is the CRM's own by definition.
_WITHOUT_CROSSWALK = {"accounts", "map_accounts", "account_external_ids"}
_EXTRA_COLUMNS = {
    "accounts": ("_name_key",),
    "contacts": ("_name_key",),
    "users": ("_name_key",),
    "invoice_lines": ("_product_2", "_product_3", "_product_4", "_product_ref"),
    "owner_changes": ("_previous_owner_id",),
}
# What to tell the user of a rule over several columns.
RULE_REASONS = {"period_in_order": "service_end is before service_start"}


class Contract(dy.Schema):
    """Base of all contracts. The row's position in its extract lets failures be traced back."""

    row_position = dy.UInt32(alias=ROW)


@dataclass(frozen=True)
class Entity:
    """One entity: its contract, and the columns its rows have in the lake.

    `is_canonical`: one of the entities of the templates (the others exist only inside the lake).
    """

    name: str
    domain: str
    schema: type[Contract]
    is_canonical: bool = True

    @cached_property
    def _columns(self) -> dict[str, dy.Column]:
        return {name: column for name, column in self.schema.columns().items() if name != ROW}

    @cached_property
    def columns(self) -> list[str]:
        """Canonical columns, in the order of the templates."""
        return list(self._columns)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Kind by canonical column: text, date, ts, money, num, int, bool or cur."""
        return {name: self.about(name)["kind"] for name in self.columns}

    @cached_property
    def pk(self) -> list[str]:
        """Key columns; a row's identity is (source, key)."""
        return [name for name, column in self._columns.items() if column.primary_key]

    @cached_property
    def required(self) -> list[str]:
        """Columns a template file must have."""
        return [name for name in self.columns if self.about(name)["required"]]

    @cached_property
    def pii(self) -> dict[str, str]:
        """Class of personal data by column, only columns that hold some."""
        return {name: self.about(name)["pii"] for name in self.columns if self.about(name)["pii"]}

    @cached_property
    def has_crosswalk(self) -> bool:
        """Whether a row may name its account by a foreign key instead of an account id."""
        return "account_id" in self._columns and self.name not in _WITHOUT_CROSSWALK

    @cached_property
    def technical_columns(self) -> list[str]:
        """Text columns beside the canonical ones that connectors may fill or the core derives."""
        return [*(CROSSWALK_COLUMNS if self.has_crosswalk else ()), *_EXTRA_COLUMNS.get(self.name, ())]

    def about(self, column: str) -> dict[str, Any]:
        """Metadata of a column: kind, required, pii, and values, range, empty, is_time_zone where it has them."""
        return self._columns[column].metadata or {}

    def lake_kinds(self) -> dict[str, str]:
        """Kind of every column in the lake, in file order: landing columns, technical text columns, canonical ones."""
        return {**LANDING_COLUMNS, **dict.fromkeys(self.technical_columns, "text"), **self.kinds}

    def lake_schema(self) -> dict[str, pl.DataType]:
        """Polars type of every column in the lake."""
        return {name: POLARS_TYPES[kind] for name, kind in self.lake_kinds().items()}

    def sql_schema(self) -> dict[str, str]:
        """SQL type of every column in the lake."""
        return {name: SQL_TYPES[kind] for name, kind in self.lake_kinds().items()}


def entities_of(domain: str, *schemas: type[Contract], is_canonical: bool = True) -> list[Entity]:
    """Entities named after their contracts: `InvoiceLines` is `invoice_lines`."""
    return [
        Entity(re.sub(r"(?<!^)(?=[A-Z])", "_", schema.__name__).lower(), domain, schema, is_canonical)
        for schema in schemas
    ]
