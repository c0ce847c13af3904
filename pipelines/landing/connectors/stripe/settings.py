"""The table `[sources.stripe]` of `tenure.toml`, checked once per file and passed on as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from pipelines.errors import UserError

# `full` is read by the landing core, for every source.
_KEYS = ("account_metadata_keys", "full", "time_zone")


@dataclass(frozen=True)
class StripeSettings:
    """`time_zone` is the one in which Stripe's times become days; `account_metadata_keys` hold the CRM's account id."""

    time_zone: str = "UTC"
    account_metadata_keys: tuple[str, ...] = ("account_id", "salesforce_account_id")


def parse(table: Mapping[str, Any]) -> StripeSettings:
    """The settings of a `[sources.stripe]` table. Raises UserError naming the key that cannot be used."""
    unknown = sorted(set(table) - set(_KEYS))
    if unknown:
        raise _error(f"unknown key '{unknown[0]}'", f"Use one of: {', '.join(_KEYS)}.")
    zone = table.get("time_zone", StripeSettings.time_zone)
    if zone not in available_timezones():
        raise _error(f"time_zone is {zone!r}", 'Write an IANA time zone, such as "Europe/Berlin".')
    keys = table.get("account_metadata_keys", list(StripeSettings.account_metadata_keys))
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise _error(f"account_metadata_keys is {keys!r}", 'Write a list of names, such as ["account_id"].')
    return StripeSettings(zone, tuple(keys))


def _error(what: str, do: str) -> UserError:
    return UserError(f"Stripe settings: {what}", where="tenure.toml, [sources.stripe]", do=do)
