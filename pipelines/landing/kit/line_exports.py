"""Billing exports with one row a line, the invoice's facts repeated on each, and no line ids (QuickBooks, Xero).

From such rows come lines with ids and the invoices they belong to. A line's id is its invoice's and its position among
that invoice's rows: the export holds an invoice whole or not at all, so the position is stable, and a newer export of
the invoice replaces its lines as a set. What the columns of a system are called is the connector's business.
"""

from __future__ import annotations

from typing import Literal

import polars as pl
from pydantic import Field

from pipelines.landing.conform import conform
from pipelines.landing.connector import IS_ACTIVE, IS_SUMMARY, LINE_NUMBER, NOTE, RAW, REJECT, Extract, Finding
from pipelines.landing.entities import ENTITIES
from pipelines.landing.kit.service_periods import PeriodPattern
from pipelines.landing.kit.source_settings import LocalSettings

LineColumn = Literal[
    "service_start", "service_end", "division", "country", "service_line", "job_family", "reason", "credits_invoice_id"
]

IS_REPEAT = "_is_repeat"
# Columns that are taken as they stand where the settings name them; the last two are facts of credit notes.
NAMED: tuple[str, ...] = ("division", "country", "service_line", "job_family", "reason", "credits_invoice_id")
PERIOD: tuple[str, ...] = ("service_start", "service_end")
# An invoice of which nothing says whether it is paid: settled without a day, which says nothing of promptness.
PAYMENT_UNKNOWN = "paid"
_HEAD = (
    "kind", "status", "currency", "issued_on", "due_on", "paid_on", "_account_key", "_account_name", "reason",
    "credits_invoice_id",
)  # fmt: skip
# A number used for two documents differs in one of these.
_IDENTITY = ("kind", "currency", "issued_on", "_account_key")
_ABOUT = (LINE_NUMBER, RAW, REJECT, IS_ACTIVE, IS_SUMMARY, NOTE)


class LineExportSettings(LocalSettings):
    """Keys of line exports. `columns`: the file's column (Xero: or tracking category) by canonical column.
    `service_period_pattern` reads the period out of `service_period_column` (default: the description)."""

    columns: dict[LineColumn, str] = Field(default_factory=dict)
    service_period_pattern: PeriodPattern | None = None
    service_period_column: str | None = None

    @property
    def column_of(self) -> dict[str, str]:
        """`columns`, by plain text."""
        return {str(name): column for name, column in self.columns.items()}


def extracts(rows: pl.DataFrame, findings: list[Finding]) -> list[Extract]:
    """The counted extract of lines and the derived one of invoices.

    `rows`: text columns of both entities (`invoice_id` and the facts of its invoice on every row), `_line_number`,
    `_raw`, `_reject`, `_is_active`, `_note` and `_is_repeat` (the row stands twice although its invoice's total needs
    it once). Rows of an invoice that cannot land are rejected with its reason: no line goes without its invoice.
    """
    with_ids = _with_line_ids(_without_ambiguous_documents(rows))
    heads = _heads(with_ids)
    conformed = conform(ENTITIES["invoices"], heads)
    refused = heads.select("invoice_id", LINE_NUMBER).join(
        conformed.quarantine.select(pl.col("line_number").alias(LINE_NUMBER), pl.col("reason").alias("_refusal")),
        on=LINE_NUMBER,
    )
    lines = with_ids.join(refused.select("invoice_id", "_refusal"), on="invoice_id", how="left", maintain_order="left")
    is_of_refused = pl.col(REJECT).is_null() & pl.col(IS_ACTIVE)
    lines = lines.with_columns(pl.when(is_of_refused).then("_refusal").otherwise(REJECT).alias(REJECT))
    entity = ENTITIES["invoice_lines"]
    own = [name for name in (*entity.columns, *entity.technical_columns, *_ABOUT) if name in lines.columns]
    good = heads.join(refused, on="invoice_id", how="anti", maintain_order="left")
    return [
        Extract("invoice_lines", lines.select(own), is_document=True, findings=findings),
        Extract("invoices", good, is_document=True, is_derived=True),
    ]


def _without_ambiguous_documents(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a number that stands for two different documents are rejected: nothing tells which is meant."""
    reason: pl.Expr = pl.lit(None, pl.String)
    counts = (pl.col(IS_ACTIVE) & pl.col(REJECT).is_null()).fill_null(False)
    for name in _IDENTITY:
        differs = pl.col(name).filter(counts).drop_nulls().n_unique().over("invoice_id") > 1
        label = name.removeprefix("_").replace("_", " ").replace("account key", "customer")
        text = pl.format(
            "its document's number '{}' is used twice in this file, with another {}", "invoice_id", pl.lit(label)
        )
        reason = pl.when(reason.is_not_null()).then(reason).when(differs).then(text)
    applies = counts & pl.col("invoice_id").is_not_null()
    return rows.with_columns(pl.when(applies).then(reason).otherwise(REJECT).alias(REJECT))


def _with_line_ids(rows: pl.DataFrame) -> pl.DataFrame:
    """`line_id`: `<invoice>#<position>`. A repeat has the id of the row it repeats: the core counts it as one."""
    position = (~pl.col(IS_REPEAT)).cast(pl.Int64).cum_sum().over("invoice_id")
    numbered = rows.with_columns(pl.format("{}#{}", "invoice_id", position).alias("line_id"))
    first = pl.col("line_id").first().over("invoice_id", RAW)
    return numbered.with_columns(pl.when(pl.col(IS_REPEAT)).then(first).otherwise("line_id").alias("line_id"))


def _heads(rows: pl.DataFrame) -> pl.DataFrame:
    """One row an invoice, of its rows that take part and can be read."""
    usable = rows.filter(pl.col(REJECT).is_null() & pl.col(IS_ACTIVE))
    facts = [pl.col(name).drop_nulls().first() for name in _HEAD if name in rows.columns]
    about = [name for name in (LINE_NUMBER, RAW, IS_SUMMARY) if name in rows.columns]
    return usable.group_by("invoice_id", maintain_order=True).agg(*facts, *(pl.col(name).first() for name in about))
