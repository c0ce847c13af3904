"""Which rows of an extract are set aside, and why: repeated rows, failures to parse, breaches of the contract.

A row's reason names column and value in words for the user; several reasons are joined by '; '. Where the rows go is
the business of `conform.py` and `ledger.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipelines.landing import parse
from pipelines.landing.connector import IS_ACTIVE, LINE_NUMBER, RAW, REJECT
from pipelines.landing.entities import ROW, RULE_REASONS, Entity

RECORD_SCHEMA = {"line_number": pl.Int64, "reason": pl.String, "raw": pl.String}
_FAILURE_SCHEMA: dict[str, type[pl.DataType]] = {ROW: pl.UInt32, "reason": pl.String}
_LONGEST_VALUE = 80


def repeated_rows(rows: pl.DataFrame, pk: list[str], compared: list[str]) -> pl.Series:
    """True for each row that repeats an earlier one cell by cell; unreadable rows are compared by their raw text."""
    if rows.is_empty():
        return pl.Series([], dtype=pl.Boolean)
    raw = pl.when(pl.col(REJECT).is_not_null()).then(pl.col(RAW).str.strip_chars()).alias(RAW)
    # Identical rows share their key, so only rows whose key comes back need the costly comparison.
    candidates = rows.filter(pl.struct(*pk, raw).is_duplicated())
    repeats = candidates.filter(~pl.struct(*compared, raw).is_first_distinct())
    return rows[ROW].is_in(repeats[ROW].implode())


def failures(entity: Entity, text: pl.DataFrame, typed: pl.DataFrame, is_foreign: bool) -> pl.DataFrame:
    """(`_row`, `reason`) of each row that cannot land.

    `text` and `typed` are the same rows before and after parsing. `is_foreign`: the rows know their account by a
    foreign key, so an empty account id is no failure. Rows that take no part need only a key and values that parse.
    """
    reasons = [
        *_unparsable(entity, text, typed),
        *_spoiled_ids(entity, text),
        *_breaches(entity, text, typed, is_foreign),
    ]
    if not reasons:
        return pl.DataFrame(schema=_FAILURE_SCHEMA)
    return (
        pl.concat(reasons)
        .group_by(ROW, maintain_order=True)
        .agg(pl.col("reason").unique(maintain_order=True).str.join("; "))
        .cast({"reason": pl.String})
    )


def records(rows: pl.DataFrame, bad: pl.DataFrame) -> pl.DataFrame:
    """Quarantine records (`line_number`, `reason`, `raw`) of the bad rows, in file order."""
    found = rows.select(ROW, LINE_NUMBER, RAW).join(bad, on=ROW, how="inner").sort(ROW)
    return found.select(pl.col(LINE_NUMBER).alias("line_number"), "reason", pl.col(RAW).alias("raw"))


def by_line(found: pl.DataFrame) -> pl.DataFrame:
    """One record a line, for files whose lines give several rows each."""
    return (
        found.group_by("line_number", maintain_order=True)
        .agg(pl.col("reason").unique(maintain_order=True).str.join("; "), pl.col("raw").first())
        .select(*RECORD_SCHEMA)
    )


def _unparsable(entity: Entity, text: pl.DataFrame, typed: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for column, kind in entity.kinds.items():
        if kind != "text":
            failed = text.filter(text[column].is_not_null() & typed[column].is_null())
            yield _reasons(failed, pl.format("{} '{}' is not " + parse.describe(kind), pl.lit(column), _value(column)))


def _spoiled_ids(entity: Entity, text: pl.DataFrame) -> Iterator[pl.DataFrame]:
    message = "{} '{}' is a number a spreadsheet has shortened: export it as text"
    for column in entity.columns:
        if column.endswith("_id"):
            failed = text.filter(pl.col(column).str.contains(parse.SPOILED_ID))
            yield _reasons(failed, pl.format(message, pl.lit(column), _value(column)))


def _breaches(entity: Entity, text: pl.DataFrame, typed: pl.DataFrame, is_foreign: bool) -> Iterator[pl.DataFrame]:
    """Reasons for the rules of the contract a row breaks."""
    contract = entity.schema
    # Lazy, so that only the rows that break a rule are ever put together.
    failure = contract.filter(typed.lazy().select(contract.column_names())).failure
    if len(failure) == 0:
        return
    details = failure.details().join(typed.select(ROW, IS_ACTIVE), on=ROW)
    rules = [name for name in details.columns if name not in typed.columns]
    for rule in rules:
        column, _, breach = rule.partition("|")
        broken = details.filter(pl.col(rule) == "invalid")
        if rule == "primary_key":
            # A missing key is its own reason; empty keys do not conflict with each other.
            broken = broken.filter(pl.all_horizontal(pl.col(entity.pk).is_not_null()))
        elif breach == "nullability":
            if is_foreign and column == "account_id":
                continue
            empty = text.filter(pl.col(column).is_null()).select(ROW)
            broken = broken.join(empty, on=ROW, how="semi")
        if column not in entity.pk and rule != "primary_key":
            broken = broken.filter(pl.col(IS_ACTIVE))
        lines = broken.select(ROW).join(text, on=ROW, maintain_order="left")
        yield _reasons(lines, _breach_reason(entity, column, breach))


def _breach_reason(entity: Entity, column: str, breach: str) -> pl.Expr:
    if column == "primary_key":
        key = pl.concat_str([_value(name) for name in entity.pk], separator=", ")
        return pl.format("differing rows of this file share the key {} '{}'", pl.lit(", ".join(entity.pk)), key)
    if breach == "nullability":
        return pl.lit(f"{column} is required and empty")
    if column in RULE_REASONS:
        return pl.lit(RULE_REASONS[column])
    about = entity.about(column)
    if about.get("values"):
        return pl.format("{} '{}' is none of {}", pl.lit(column), _value(column), pl.lit(", ".join(about["values"])))
    return pl.format("{} '{}' is not in the range {}", pl.lit(column), _value(column), pl.lit(about.get("range")))


def _value(column: str) -> pl.Expr:
    """The cell for a message: long ones are cut, the full text stands in `raw`."""
    return pl.col(column).fill_null("").str.slice(0, _LONGEST_VALUE)


def _reasons(rows: pl.DataFrame, reason: pl.Expr) -> pl.DataFrame:
    return rows.select(pl.col(ROW), reason.cast(pl.String).alias("reason"))
