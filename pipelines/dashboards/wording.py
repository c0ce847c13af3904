"""How numbers, months and names read on every page: one format for one kind of value.

Pure text functions; sentences about a metric belong to the page that shows it.
"""

import datetime as dt
import math
from decimal import Decimal

Number = int | float | Decimal

THIN = "\u202f"  # narrow no-break space: keeps "104.2 %" and "1.2 m" on one line
MINUS = "\u2212"
NOT_AVAILABLE = "n/a"
SCALES = ((1_000_000_000, "bn"), (1_000_000, "m"), (1_000, "k"))
FEW = 5  # of anything counted: a share of fewer is marked, one of them decides
MANTISSA_WITHOUT_DECIMAL = {"bn": 100, "m": 100, "k": 9.95}  # from here on the decimal is no news


def money(value: Number | None, sign: bool = False) -> str:
    """An amount in three digits or so: 12.3 m, 340 k, 1.5 k, 512; `sign` writes a plus too."""
    if value is None:
        return NOT_AVAILABLE
    size = abs(float(value))
    for scale, suffix in SCALES:
        # From 999.5 of the smaller unit on, rounding would show "1000 k".
        if size >= scale * 0.9995:
            mantissa = size / scale
            digits = 1 if mantissa < MANTISSA_WITHOUT_DECIMAL[suffix] else 0
            return _signed(value, f"{mantissa:.{digits}f}{THIN}{suffix}", sign)
    return _signed(value, f"{size:.0f}", sign)


def exact_money(value: Number | None) -> str:
    """An amount to the cent with thousands separators: 1,234,567.89."""
    return NOT_AVAILABLE if value is None else _signed(value, f"{abs(value):,.2f}", False)


def percent(value: Number | None, sign: bool = False) -> str:
    """A fraction of 1 as a percentage with one decimal: 1.042 is 104.2 %."""
    return NOT_AVAILABLE if value is None else _signed(value, f"{abs(float(value)) * 100:.1f}{THIN}%", sign)


def plain_percent(value: Number) -> str:
    """A limit as a percentage, with a decimal only where it has one: 0.95 is 95 %."""
    return f"{float(value) * 100:.1f}".removesuffix(".0") + f"{THIN}%"


def points(value: Number | None, sign: bool = False) -> str:
    """Percentage points with one decimal, without unit."""
    return NOT_AVAILABLE if value is None else _signed(value, f"{abs(float(value)):.1f}", sign)


def month(day: dt.date) -> str:
    """Sep 26. Written out here, because strftime's names depend on the locale of the machine."""
    return f"{MONTHS[day.month - 1]} {day:%y}"


def date(day: dt.date) -> str:
    """30 Sep 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment(at: dt.datetime) -> str:
    """30 Sep 2026, 14:05."""
    return f"{date(at.date())}, {at:%H:%M}"


def quarter(day: dt.date) -> str:
    """Q3 2026, the calendar quarter of a day."""
    return f"Q{(day.month + 2) // 3} {day.year}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """1 client, 1,204 clients."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def sentence_case(text: str) -> str:
    """Its first letter large, the rest untouched."""
    return text[:1].upper() + text[1:]


def add_months(first_of_month: dt.date, months: int) -> dt.date:
    """The first of the month that lies `months` later (or earlier)."""
    index = first_of_month.year * 12 + first_of_month.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _signed(value: Number, size: str, sign: bool) -> str:
    is_zero = math.isclose(float(value), 0.0) or not any(digit in "123456789" for digit in size)
    if is_zero:
        return size
    return f"{MINUS}{size}" if value < 0 else f"+{size}" if sign else size
