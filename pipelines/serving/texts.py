"""One value of a table as text: the same spelling on every screen and in every text file."""

from __future__ import annotations

import datetime as dt
import json
import math
import unicodedata
from decimal import Decimal
from typing import Any

_as_json = json.JSONEncoder(default=str, ensure_ascii=False).encode  # one encoder: making one costs more than a value


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def plain(value: Any) -> str:
    """All digits of a decimal, ISO dates, true and false, JSON for what is nested."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return literal(value) if isinstance(value, list | tuple | dict) else str(value)


def literal(value: Any) -> str:
    """The value as JSON: decimals keep their digits, dates are ISO text, NaN and infinities null."""
    if isinstance(value, str):
        return _as_json(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else "null"
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_as_json(str(k))}: {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, dt.date):
        return f'"{value.isoformat()}"'
    return _as_json(value)


def printable(text: str) -> str:
    """Without control and direction characters, which could redraw a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if char in "\r\n\t" else char for char in text if char in "\r\n\t" or unicodedata.category(char)[0] != "C"
    )
