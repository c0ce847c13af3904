"""Business days of a month: Monday to Friday, without the national holidays of a country where one is set."""

import datetime as dt


def business_day_of_month(day: dt.date, country: str = "") -> int | None:
    """Which business day of its month a day is, from 1; None where it is none. `country`: ISO 3166 alpha-2, or empty.

    A country that the package `holidays` does not know has no holidays.
    """
    closed = _holidays(country, day.year)
    if not _is_business_day(day, closed):
        return None
    return sum(_is_business_day(day.replace(day=number), closed) for number in range(1, day.day + 1))


def month_before(day: dt.date) -> dt.date:
    """First day of the month before the one of `day`."""
    return (day.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def _is_business_day(day: dt.date, closed: frozenset[dt.date]) -> bool:
    return day.isoweekday() <= 5 and day not in closed


def _holidays(country: str, year: int) -> frozenset[dt.date]:
    if not country:
        return frozenset()
    import holidays

    known = country in holidays.list_supported_countries()
    return frozenset(holidays.country_holidays(country, years=year) if known else ())
