"""The table `[sources.<name>]` of `tenure.toml`: typed, checked once a file, passed on as an argument.

A connector declares its own keys as a subclass; what all connectors share in checking and wording stands here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pipelines.errors import UserError


def _is_time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f'{value!r} is no IANA time zone, such as "Europe/Berlin"')
    return value


def _is_date_format(value: str) -> str:
    day = dt.datetime(2023, 11, 28, tzinfo=dt.UTC)
    try:
        is_whole = dt.datetime.strptime(day.strftime(value), value).replace(tzinfo=dt.UTC).date() == day.date()
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ValueError(f'{value!r} is no strptime format of a whole day, such as "%d.%m.%Y" or "%Y-%m-%d %H:%M:%S"')
    return value


def _flat(value: Any) -> Any:
    """`columns.accounts.region` is a table in a table; its name is `accounts.region`."""
    if not isinstance(value, Mapping):
        return value
    flat: dict[str, Any] = {}
    for name, label in value.items():
        is_table = isinstance(label, Mapping)
        flat |= {f"{name}.{column}": each for column, each in label.items()} if is_table else {name: label}
    return flat


def known_only(columns: dict[str, str], known: Collection[str]) -> dict[str, str]:
    """The `columns` table of a source whose canonical columns are these. Raises ValueError for any other."""
    unknown = sorted(set(columns) - set(known))
    if unknown:
        raise ValueError(f"'{unknown[0]}' is none of {', '.join(known)}")
    return columns


TimeZone = Annotated[str, AfterValidator(_is_time_zone)]
Currency = Annotated[str, BeforeValidator(lambda code: str(code).upper()), Field(pattern=r"^[A-Z]{3}$")]
# The label that holds a canonical column, by `<column>` or, where entities share its name, by `<entity>.<column>`.
EntityColumns = Annotated[Mapping[str, str], BeforeValidator(_flat)]
DateOrder = Literal["mdy", "dmy", "ymd"]
DateFormat = Annotated[str, AfterValidator(_is_date_format)]
DecimalMark = Literal["point", "comma"]


class SourceSettings(BaseModel):
    """Keys that every source may have, read by the core.

    `full`: entities whose every export is the whole truth. `late_after_days`: without a new export it is late then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    full: tuple[str, ...] = ()
    late_after_days: float | None = Field(default=None, gt=0)

    @classmethod
    def parse(cls, source: str, table: Mapping[str, Any]) -> Self:
        """The settings of one source. Raises UserError naming the key that cannot be used and the known ones."""
        try:
            return cls(**table)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            where = f"tenure.toml, [sources.{source}]"
            if first["type"] == "extra_forbidden":
                what, do = f"unknown key '{key}'", f"Use one of: {', '.join(sorted(cls.model_fields))}."
            else:
                what, do = f"{key}: {first['msg'].removeprefix('Value error, ')}", "Correct the value."
            raise UserError(f"settings of {source}: {what}", where=where, do=do) from None


class DatedSettings(SourceSettings):
    """Keys of exports with days or times in a local format, which the file itself does not name.

    `date_format` is exact and goes before `date_order`. `time_zone`: that of times without one (default: the
    company's).
    """

    date_order: DateOrder | None = None
    date_format: DateFormat | None = None
    time_zone: TimeZone | None = None


class LocalSettings(DatedSettings):
    """Keys of exports whose amounts are in a local format too."""

    decimal: DecimalMark | None = None
