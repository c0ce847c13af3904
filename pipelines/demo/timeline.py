"""The months of the simulation and the date arithmetic on them. Months are counted from 0, the first of the history."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

MONTHS_OF_HISTORY = 48
_MARGIN = 60
_MONDAY_OF_TWO_WEEKS = dt.date(1970, 1, 5)


def first_of_month(day: dt.date, months: int = 0) -> dt.date:
    """The first day of the month that lies `months` after that of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True)
class Timeline:
    """The history up to `end`, the last day of its last month."""

    end: dt.date

    @property
    def months(self) -> int:
        return MONTHS_OF_HISTORY

    @property
    def last(self) -> int:
        """The last month's number."""
        return MONTHS_OF_HISTORY - 1

    @property
    def start(self) -> dt.date:
        return first_of_month(self.end, -self.last)

    @cached_property
    def _first_days(self) -> list[dt.date]:
        """Looked up some hundred thousand times, so made once."""
        return [first_of_month(self.start, month) for month in range(-_MARGIN, self.months + _MARGIN + 1)]

    @cached_property
    def _last_days(self) -> list[dt.date]:
        return [first - dt.timedelta(days=1) for first in self._first_days[1:]]

    def first_day(self, month: int) -> dt.date:
        """Months before and after the history count on, five years either way."""
        return self._first_days[month + _MARGIN]

    def last_day(self, month: int) -> dt.date:
        return self._last_days[month + _MARGIN]

    def day(self, month: int, number: int) -> dt.date:
        """The given day of the month, or its last day where it has fewer."""
        last = self.last_day(month)
        return last if number >= last.day else last.replace(day=number)

    def month_of(self, day: dt.date) -> int:
        return (day.year - self.start.year) * 12 + day.month - self.start.month

    def mondays(self, month: int) -> list[dt.date]:
        """The Mondays whose weeks end within the month (a period belongs to the month of its last day)."""
        first = self.first_day(month)
        sunday = first + dt.timedelta(days=6 - first.weekday())
        last = self.last_day(month)
        weeks = range((last - sunday).days // 7 + 1)
        return [sunday + dt.timedelta(days=7 * week - 6) for week in weeks]

    def is_quarter_end(self, month: int) -> bool:
        return self.first_day(month).month % 3 == 0


def starts_two_weeks(monday: dt.date) -> bool:
    """Whether a two-week period, counted from Monday 1970-01-05, begins on this Monday."""
    return (monday - _MONDAY_OF_TWO_WEEKS).days % 14 == 0


def at(day: dt.date, minute: int) -> dt.datetime:
    """The moment at that minute of the day, 0 to 1439 (UTC, naive)."""
    hour, minute = divmod(minute, 60)
    return dt.datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - UTC throughout


def working_day(day: dt.date) -> dt.date:
    """The day itself, or the Friday before a weekend day."""
    return day - dt.timedelta(days=max(day.weekday() - 4, 0))
