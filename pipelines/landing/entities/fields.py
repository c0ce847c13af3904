"""Column types of the entity contracts: one function for each type named in the template description.

Each gives a dataframely column whose metadata carry what dataframely has no word for: the kind, whether a value is
required, the allowed values, and the class of personal data (`pii`): `name`, `email`, `title`, `free_text` or
`pseudonym` (an id that stands for one person). Contracts of entities belong in the modules beside this one.
"""

from __future__ import annotations

from typing import Any, Literal

import dataframely as dy
import polars as pl

Pii = Literal["name", "email", "title", "free_text", "pseudonym"]

# Lake types by kind; text and cur are strings, ts is UTC without a zone.
POLARS_TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "cur": pl.String(),
    "date": pl.Date(),
    "ts": pl.Datetime("us"),
    "money": pl.Decimal(18, 2),
    "num": pl.Decimal(28, 10),
    "int": pl.Int64(),
    "bool": pl.Boolean(),
}
SQL_TYPES = {
    "text": "VARCHAR",
    "cur": "VARCHAR",
    "date": "DATE",
    "ts": "TIMESTAMP",
    "money": "DECIMAL(18,2)",
    "num": "DECIMAL(28,10)",
    "int": "BIGINT",
    "bool": "BOOLEAN",
}


def _common(kind: str, required: bool, key: bool, pii: Pii | None = None, **more: Any) -> dict[str, Any]:
    metadata = {"kind": kind, "required": required or key, "pii": pii, **more}
    return {"nullable": not (required or key), "primary_key": key, "metadata": metadata}


def text(
    *,
    required: bool = False,
    key: bool = False,
    values: tuple[str, ...] | None = None,
    pii: Pii | None = None,
    empty: str | None = None,
    is_time_zone: bool = False,
) -> dy.String:
    """Trimmed text. `values`: the only ones allowed. `empty`: what an empty cell means, where it means something."""
    check = {"in_list": lambda column: column.is_in(values)} if values else None
    return dy.String(
        check=check, **_common("text", required, key, pii, values=values, empty=empty, is_time_zone=is_time_zone)
    )


def date(*, required: bool = False, key: bool = False) -> dy.Date:
    """A calendar day, YYYY-MM-DD."""
    return dy.Date(**_common("date", required, key))


def ts(*, required: bool = False, key: bool = False) -> dy.Datetime:
    """A moment, ISO 8601; stored in UTC without a zone, in microseconds."""
    return dy.Datetime(time_unit="us", **_common("ts", required, key))


def money(*, required: bool = False) -> dy.Decimal:
    """DECIMAL(18,2) in the currency the record names."""
    return dy.Decimal(18, 2, **_common("money", required, False))


def num(
    *, required: bool = False, minimum: int | None = None, maximum: int | None = None, above: int | None = None
) -> dy.Decimal:
    """DECIMAL(28,10). `minimum` and `maximum` are allowed values themselves, `above` is not."""
    common = _common("num", required, False, range=_range(minimum, maximum, above))
    return dy.Decimal(28, 10, min=minimum, max=maximum, min_exclusive=above, **common)


def integer(*, required: bool = False, minimum: int | None = None, maximum: int | None = None) -> dy.Int64:
    """A whole number."""
    common = _common("int", required, False, range=_range(minimum, maximum, None))
    return dy.Int64(min=minimum, max=maximum, **common)


def boolean(*, required: bool = False) -> dy.Bool:
    """true or false."""
    return dy.Bool(**_common("bool", required, False))


def cur(*, required: bool = False, key: bool = False) -> dy.String:
    """An ISO 4217 code; the parser knows the list."""
    return dy.String(**_common("cur", required, key))


def _range(minimum: int | None, maximum: int | None, above: int | None) -> str | None:
    """The range in words, for messages."""
    if minimum is not None and maximum is not None:
        return f"{minimum} to {maximum}"
    if above is not None:
        return f"above {above}"
    return None
