"""What the suites of `expectations/` are compared with: the last good releases, as parameters of their expectations.

A suite names a parameter with `{"$PARAMETER": "rows_least"}`. Parameters that cannot be had (no release yet, too few
rows) are left out; the expectation that names one is then not asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from pipelines.audit.limits import Limit
from pipelines.audit.profile import Profile, TableProfile

VOLUME, DISTRIBUTION = "volume", "distribution"


def parameters_of(
    suites: Iterable[Mapping[str, Any]], past: Sequence[Profile], limits: Mapping[str, Limit]
) -> dict[str, Any]:
    """`{"values": {suite: {parameter: value}}, "severities": {limit: block or warn}}`."""
    values = {}
    for suite in suites:
        tables = [profile.tables[suite["name"]] for profile in past if suite["name"] in profile.tables]
        values[suite["name"]] = {**_volume(tables, limits[VOLUME]), **_shares(tables, limits[DISTRIBUTION])}
    return {"values": values, "severities": {name: limit.severity.value for name, limit in limits.items()}}


def _volume(tables: Sequence[TableProfile], limit: Limit) -> dict[str, int]:
    """The least rows that are no surprise: the usual number, less what may be lost."""
    usual = median([table.rows for table in tables]) if tables else 0
    return {"rows_least": int(usual * (1 - limit.value))} if usual >= limit.minimum_base and usual else {}


def _shares(tables: Sequence[TableProfile], limit: Limit) -> dict[str, Any]:
    """The mean share of each value of the compared columns, as Great Expectations wants a partition."""
    if not tables or tables[-1].rows < limit.minimum_base:
        return {}
    found: dict[str, Any] = {}
    for column in tables[-1].shares:
        known = [table.shares[column] for table in tables if table.shares.get(column)]
        values = sorted({value for shares in known for value in shares})
        if values:
            weights = [sum(shares.get(value, 0.0) for shares in known) / len(known) for value in values]
            found[f"{column}_shares"] = {"values": values, "weights": weights}
    return {**found, "divergence_most": limit.value} if found else {}
