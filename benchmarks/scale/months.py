"""Months as numbers (year x 12 + month - 1), and what calendars do to them, for `in_pandas`."""

import numpy as np
import pandas as pd


def month_of(day: pd.Timestamp) -> int:
    return day.year * 12 + day.month - 1


def months_of(days: pd.Series) -> pd.Series:
    return days.dt.year * 12 + days.dt.month - 1


def first_days(months: pd.Series | np.ndarray) -> pd.Series:
    numbers = pd.Series(months).to_numpy() - 1970 * 12
    return pd.Series(numbers.astype("datetime64[M]").astype("datetime64[s]"), getattr(months, "index", None))


def plus_months(days: pd.Series, months: np.ndarray) -> np.ndarray:
    """Days some months later, clamped to the month's end."""
    begins = days.to_numpy().astype("datetime64[M]") + months.astype("timedelta64[M]")
    length = ((begins + 1).astype("datetime64[D]") - begins.astype("datetime64[D]")).astype(int)
    day = np.minimum(days.dt.day.to_numpy(), length)
    return (begins.astype("datetime64[D]") + (day - 1)).astype(days.dtype)


def counts(lengths: np.ndarray) -> np.ndarray:
    """0, 1, ... for each length, one after the other."""
    return np.arange(lengths.sum()) - np.repeat(lengths.cumsum() - lengths, lengths)


def period_months(start: pd.Series, end: pd.Series) -> np.ndarray:
    """Months in periods that end the day before `end`: whole ones, and a part of the next (metric book, 3)."""
    steps = (months_of(end) - months_of(start)).to_numpy()
    first, beyond = start.to_numpy(), end.to_numpy()
    clamped, before, after = (plus_months(start, steps + more) for more in (0, -1, 1))
    day = np.timedelta64(1, "D")
    is_month_end = start.dt.is_month_end.to_numpy()
    whole = np.where(
        (clamped == beyond) | (is_month_end & (beyond >= clamped)),
        steps,
        np.where(
            (end.dt.day.to_numpy() == 1) & (pd.Series(before).dt.day.to_numpy() < pd.Series(first).dt.day.to_numpy()),
            steps - 1,
            -1,
        ),
    )
    broken = np.where(
        clamped <= beyond,
        steps + (beyond - clamped) / day / ((after - clamped) / day),
        steps - 1 + (beyond - before) / day / ((clamped - before) / day),
    )
    return np.where(whole > 0, whole, broken)
