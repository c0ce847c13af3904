"""Countries by the names people write: ISO 3166 alpha-2 codes, never a guess.

The company's `map_values` go first, then the names in `countries.csv` that no library knows, then ISO's own names.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.landing.connector import Finding
from pipelines.landing.kit import value_maps
from pipelines.landing.kit.value_maps import MapValues

_NAMES = Path(__file__).with_name("countries.csv")


def codes(written: pl.Series, map_values: MapValues, source: str, label: str) -> tuple[pl.Series, list[Finding]]:
    """The accounts' codes, and a finding for each name that is unknown: empty then, for a wrong one moves revenue.

    `label`: what the source calls the column.
    """
    distinct = written.drop_nulls().unique().sort().to_list()
    found = {name: _code(map_values, name) for name in distinct}
    findings = [
        _finding(source, label, name, int((written == name).sum())) for name, code in found.items() if code is None
    ]
    return written.replace_strict(distinct, list(found.values()), default=None, return_dtype=pl.String), findings


def _code(map_values: MapValues, name: str) -> str | None:
    import pycountry

    mapped = value_maps.lookup(map_values, _NAMES, "accounts", "country", name)
    try:
        return str(pycountry.countries.lookup(mapped or name).alpha_2)
    except LookupError:
        return None


def _finding(source: str, label: str, name: str, rows: int) -> Finding:
    message = (
        f"{label} '{name}' is no country known by code or name; country stays empty on {rows} accounts. "
        f"Add a map_values row: {source},accounts,country,{name},<two-letter code>."
    )
    return Finding("unknown_country", message, "accounts", "country", name, rows)
