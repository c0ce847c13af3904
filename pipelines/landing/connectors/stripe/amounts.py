"""Stripe's whole numbers: amounts in the smallest unit of a currency, times in Unix seconds."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

_USUAL_DECIMALS = 2


@cache
def _decimals() -> dict[str, int]:
    """Stripe's own table, which is not ISO 4217's: it sends ISK and UGX with two decimals, MGA with none."""
    with Path(__file__).with_name("minor_units.csv").open(encoding="utf-8", newline="") as stream:
        return {row["currency"]: int(row["decimals"]) for row in csv.DictReader(stream)}


def major_units(amount: int, currency: str) -> str:
    """An amount in major units, exact: 1999 usd is 19.99, 1999 jpy is 1999, 1999 kwd is 1.999."""
    return format(Decimal(amount).scaleb(-_decimals().get(currency.upper(), _USUAL_DECIMALS)), "f")


def net_of_tax_and_discounts(line: Mapping[str, Any]) -> int | None:
    """A line's amount in minor units less its discounts and the tax inside it; None where the amount is no number.

    Tax stands in `taxes` with a `tax_behavior`, in older versions of the API in `tax_amounts` with `inclusive`.
    """
    amount = line.get("amount")
    if not _is_integer(amount):
        return None
    return amount - _discounts(line) - sum(_inclusive_taxes(line))


def _discounts(line: Mapping[str, Any]) -> int:
    discounts = line.get("discount_amounts")
    if isinstance(discounts, list):
        return sum(_amount(discount) for discount in discounts)
    total = line.get("discount_amount")
    return total if _is_integer(total) else 0


def _inclusive_taxes(line: Mapping[str, Any]) -> Iterable[int]:
    taxes = line.get("taxes")
    if isinstance(taxes, list):
        return [_amount(tax) for tax in taxes if isinstance(tax, dict) and tax.get("tax_behavior") == "inclusive"]
    older = line.get("tax_amounts")
    older = older if isinstance(older, list) else []
    return [_amount(tax) for tax in older if isinstance(tax, dict) and tax.get("inclusive") is True]


def _amount(part: Any) -> int:
    amount = part.get("amount") if isinstance(part, dict) else None
    return amount if _is_integer(amount) else 0


def _is_integer(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def day(seconds: Any, zone: str) -> str | None:
    """The day of a Unix time in the zone; what is no Unix time is passed through as text."""
    if seconds is None:
        return None
    moment = _moment(seconds, zone)
    return moment.date().isoformat() if moment else str(seconds)


def service_days(period: Any, zone: str) -> tuple[str | None, str | None]:
    """First and last day of a line's period, whose end is exclusive; none where it has no length."""
    start, end = (period.get("start"), period.get("end")) if isinstance(period, dict) else (None, None)
    if start == end:
        return None, None
    first, after = _moment(start, zone), _moment(end, zone)
    if first is None or after is None or after < first:
        return day(start, zone), day(end, zone)
    return first.date().isoformat(), max(first.date(), after.date() - timedelta(days=1)).isoformat()


def _moment(seconds: Any, zone: str) -> datetime | None:
    return _moment_of(seconds, zone) if _is_integer(seconds) else None


@lru_cache(maxsize=4096)  # periods and due dates come back from invoice to invoice
def _moment_of(seconds: int, zone: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, _zone(zone))
    except (OverflowError, OSError, ValueError):
        return None


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
