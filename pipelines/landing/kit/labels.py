"""Exports whose columns are labels that a company can rename: which column holds what, by known labels or settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from pipelines.errors import UserError
from pipelines.landing.connector import Finding
from pipelines.landing.drift import missing_columns
from pipelines.landing.reading.dialects import Table


@dataclass
class LabelledTable:
    """A file's table, addressed by what a column holds.

    `labels`: the names (lower case) by which each field is known. `own`: the company's label for a field, which goes
    instead of the known ones; it stands in the table `settings_table` of `tenure.toml`.
    """

    table: Table
    labels: Mapping[str, tuple[str, ...]]
    own: Mapping[str, str]
    settings_table: str
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.own) - set(self.labels))
        if unknown:
            raise UserError(
                f"'{unknown[0]}' is no column that is read",
                where=f"tenure.toml, [{self.settings_table}]",
                do=f"Use one of: {', '.join(sorted(self.labels))}.",
            )

    @property
    def height(self) -> int:
        return self.table.rows.height

    def column(self, field_name: str) -> str | None:
        """The table's column that holds the field, or None."""
        names = (self.own[field_name],) if field_name in self.own else self.labels[field_name]
        found = (self.column_named(name) for name in names)
        return next((column for column in found if column is not None), None)

    def cells(self, field_name: str) -> pl.Series:
        """The field's trimmed cells, null where empty or where the file lacks it."""
        if field_name in self.own:
            return self.named(self.own[field_name], field_name)
        column = self.column(field_name)
        return self.empty() if column is None else trimmed(self.table.rows[column])

    def named(self, label: str, purpose: str) -> pl.Series:
        """The cells of the column with a label from the settings. A file without it gives empty cells and a finding."""
        column = self.column_named(label)
        if column is not None:
            return trimmed(self.table.rows[column])
        message = f"This file lacks the column '{label}', which the settings name for {purpose}; it stays empty."
        self.findings.append(Finding("field_not_exported", message, value=label, rows=self.height))
        return self.empty()

    def require(self, fields: Iterable[str], what: str) -> None:
        """Raises Refused where the file lacks one of the fields, with the nearest columns and the setting to write."""
        missing = [name for name in fields if self.column(name) is None]
        wanted = [self.own.get(name, self.labels[name][0]) for name in missing]
        keys = ", ".join(f'{name} = "..."' for name in missing)
        do = f"Export it again with them; where they have other labels, write {keys} under [{self.settings_table}]."
        if refusal := missing_columns(wanted, self.table.header, what, do):
            raise refusal

    def lists(self, field_name: str) -> pl.Series:
        """The filled cells of a field that a list gives several columns, List(String)."""
        column = self.column(field_name)
        group = [name for name in self.table.rows.columns if name == column or name.startswith(f"{column}#")]
        if not group:
            return pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, self.height)
        cells = [trimmed(self.table.rows[name]).alias(name) for name in group]
        return pl.DataFrame(cells).select(pl.concat_list(pl.all()).list.drop_nulls()).to_series()

    def empty(self) -> pl.Series:
        return constant(None, self.height)

    def column_named(self, label: str) -> str | None:
        """The column with a label. Custom fields may be named without what the system writes around them.

        That is their type (`CRM id [txt]`) or their kind (`Custom field (CRM id)`, in any language).
        """
        name = label.strip().lower()
        columns = self.table.columns
        if name in columns:
            return name
        typed = (column for column in columns if column.startswith(f"{name} [") and column.endswith("]"))
        return next(iter((*typed, *(column for column in columns if column.endswith(f" ({name})")))), None)


def constant(value: str | None, height: int) -> pl.Series:
    return pl.Series([value], dtype=pl.String).new_from_index(0, height)


def trimmed(cells: pl.Series) -> pl.Series:
    """Trimmed cells, null where empty."""
    stripped = cells.str.strip_chars()
    return stripped.set((stripped == "").fill_null(False), None)
