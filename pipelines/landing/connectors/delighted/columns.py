"""Answers out of a CSV whose columns the company has named: no public file shows the header Delighted writes."""

from __future__ import annotations

import json
from functools import reduce

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT, IncomingFile, Refused
from pipelines.landing.connectors.delighted.answers import SCHEMA
from pipelines.landing.connectors.delighted.settings import CSV_COLUMNS, REQUIRED_COLUMNS, DelightedSettings
from pipelines.landing.drift import missing_columns
from pipelines.landing.kit import local_formats
from pipelines.landing.kit.labels import constant, trimmed
from pipelines.landing.reading.dialects import Table, read_csv


def answers(file: IncomingFile, own: DelightedSettings, zone: str) -> pl.DataFrame:
    """One row a row of the file. Raises Refused where its columns are not named, with the names it seems to have."""
    table = read_csv(file.text())
    if not own.columns:
        raise Refused(
            "No setting says which of its columns hold what.",
            f"Check this line and write it under [sources.delighted] in tenure.toml: columns = {_proposed(table)}.",
        )
    unnamed = [name for name in REQUIRED_COLUMNS if name not in own.columns]
    if unnamed:
        raise Refused(
            f"The setting columns names no column for {', '.join(unnamed)}.",
            f"Add it under [sources.delighted] in tenure.toml; the file's columns are: {', '.join(table.header)}.",
        )
    do = "Correct columns under [sources.delighted] in tenure.toml, or export the file again."
    if refusal := missing_columns(own.columns.values(), table.header, "This file", do):
        raise refusal
    if own.question is None and "question" not in own.columns:
        raise Refused(
            "Nothing says what its survey asks.",
            'Write question = "nps" (or "csat", ...) or columns.question under [sources.delighted] in tenure.toml.',
        )
    return _rows(table, own, zone)


def _proposed(table: Table) -> str:
    """The settings as they would be if the headers mean what they seem to."""
    headers = {name.lower(): name for name in table.header}
    found = {column: headers[name] for column, names in CSV_COLUMNS.items() for name in names[::-1] if name in headers}
    pairs = [f"{column} = {json.dumps(header, ensure_ascii=False)}" for column, header in found.items()]
    return "{ " + (", ".join(pairs) or 'score = "...", responded_at = "...", email = "..."') + " }"


def _rows(table: Table, own: DelightedSettings, zone: str) -> pl.DataFrame:
    found = {name: _cells(table, own.columns.get(name, "")) for name in CSV_COLUMNS}
    style = local_formats.date_style([found["responded_at"]], own, "delighted")
    found["responded_at"] = local_formats.timestamps(found["responded_at"], style, zone)
    if own.question is not None and "question" not in own.columns:
        found["question"] = pl.Series([own.question]).new_from_index(0, table.rows.height)
    found |= _account(table, own)
    rows = pl.DataFrame(found).hstack(table.rows.select(LINE_NUMBER, RAW, REJECT))
    by_person = pl.concat_str("email", "responded_at", separator=" ")  # one person answers once at a time
    return rows.with_columns(
        pl.coalesce("response_id", by_person).alias("response_id"),
        pl.coalesce("respondent_id", "email").alias("respondent_id"),
    ).select(*SCHEMA)


def _account(table: Table, own: DelightedSettings) -> dict[str, pl.Series]:
    """By the columns of the person's properties. Raises Refused where the company names one that is not there."""
    do = "Correct account_key under [sources.delighted] in tenure.toml, or export the file again."
    named = [own.account_key] if "account_key" in own.model_fields_set else []
    if refusal := missing_columns(named, table.header, "This file", do):
        raise refusal
    name = _cells(table, own.account_key)
    hint = reduce(pl.Series.fill_null, [_cells(table, each) for each in ("", *own.account_hint)])
    return {"account_key": name, "account_name": name, "account_hint": hint}


def _cells(table: Table, header: str) -> pl.Series:
    """The trimmed cells of a column, null where empty; of one that is not there, all null."""
    column = header.strip().lower()
    return trimmed(table.rows[column]) if column in table.columns else constant(None, table.rows.height)
