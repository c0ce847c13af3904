"""The table `[sources.<name>]` of `tenure.toml`: typed, checked once a file, passed on as an argument.

A connector declares its own keys as a subclass; what all connectors share in checking and wording stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pipelines.errors import UserError


def _is_time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f'{value!r} is no IANA time zone, such as "Europe/Berlin"')
    return value


TimeZone = Annotated[str, AfterValidator(_is_time_zone)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
DateOrder = Literal["day_first", "month_first", "year_first"]
DecimalMark = Literal[".", ","]


class SourceSettings(BaseModel):
    """Keys that every source may have. `full`: entities whose every export is the whole truth (read by the core)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    full: tuple[str, ...] = ()

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


class LocalSettings(SourceSettings):
    """Keys of exports written in a user's or company's local format, which the file itself does not name."""

    date_order: DateOrder | None = None
    decimal_mark: DecimalMark = "."
    time_zone: TimeZone | None = None
    currency: Currency | None = None
