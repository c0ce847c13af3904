"""Answers out of the objects that the API lists under `/v1/survey_responses.json`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT
from pipelines.landing.connectors.delighted.answers import SCHEMA
from pipelines.landing.connectors.delighted.settings import DelightedSettings
from pipelines.landing.reading.json_records import compact, member, read_records, text_of

_LISTS = ("survey_responses", "data")
_FIRST_OUT_OF_RANGE = 253_402_300_800  # the year 10000


def answers(text: str, own: DelightedSettings) -> pl.DataFrame:
    """One row an object. Raises Refused for text that is not JSON to its end."""
    rows = [
        {**_answer(each.value, own), LINE_NUMBER: each.line, RAW: compact(each.value)}
        for each in read_records(text, _LISTS).records
    ]
    return pl.DataFrame([{**dict.fromkeys(SCHEMA), **row} for row in rows], schema=SCHEMA, orient="row")


def _answer(value: dict[str, Any], own: DelightedSettings) -> dict[str, str | None]:
    """A person is an id, or the whole object where the list was asked for with `expand[]=person`."""
    properties = value.get("person_properties")
    properties = properties if isinstance(properties, dict) else {}
    by_name = {key.strip().lower(): text_of(each) for key, each in properties.items()}
    hints = (by_name.get(name.lower()) for name in own.account_hint)
    email = text_of(member(value, "person.email")) or by_name.get("email")
    name = by_name.get(own.account_key.lower())
    return {
        "response_id": text_of(value.get("id")),
        "respondent_id": text_of(member(value, "person.id")) or text_of(value.get("person")) or email,
        "question": text_of(value.get("survey_type")),
        "score": text_of(value.get("score")),
        "responded_at": _moment(value.get("created_at")),
        "comment": text_of(value.get("comment")),
        "account_key": name,
        "account_name": name,
        "account_hint": next((hint for hint in hints if hint), None),
        "email": email,
        REJECT: None if "score" in value else "it is no survey response: it has no score",
    }


def _moment(seconds: Any) -> str | None:
    """Unix seconds as ISO 8601 in UTC; anything else as it stands."""
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not 0 <= seconds < _FIRST_OUT_OF_RANGE:
        return text_of(seconds)
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
