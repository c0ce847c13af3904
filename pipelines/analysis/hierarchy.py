"""Which client an account belonged to on an earlier day: by the parent links of the exports that had landed by then.

A release knows today's links only. The lake keeps every export, so a number that somebody worked out earlier, under the
links of that day, can be found again.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from pipelines.analysis.series import Series
from pipelines.serving.release import Release
from pipelines.warehouse.sources import read_ledger

ENTITY = "accounts"
PRESENT = "select account_id, client_id from intermediate.int_clients__by_account"

Clients = Mapping[str, str]  # the client of each account


def clients_now(release: Release) -> Clients:
    """By the links that hold in the release; {} where it keeps none."""
    if not release.has_table("intermediate", "int_clients__by_account"):
        return {}
    return dict(release.rows(PRESENT).iter_rows())


def clients_on(lake: Path, day: dt.date) -> Clients:
    """By the newest row of each account that had been exported by the end of a day (UTC); {} where none had."""
    import polars as pl

    loads = [entry["load_id"] for entry in read_ledger(lake) if ENTITY in entry["entities"]]
    files = [path for load in loads if (path := lake / ENTITY / f"{load}.parquet").exists()]
    if not files:
        return {}
    newest = (
        pl.scan_parquet(files, missing_columns="insert")
        .filter(pl.col("_newness_at") < dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))
        .sort("_newness_at", "_load_seq")
        .unique("account_id", keep="last", maintain_order=True)
        .filter(pl.col("_is_active"))
        .select("account_id", pl.coalesce("merged_into_account_id", "parent_account_id"))
        .collect()
    )
    links = dict(newest.iter_rows())
    return {account: _ultimate(account, links) for account in links}


def _ultimate(account: str, links: Mapping[str, str | None]) -> str:
    """The account at the top; the account itself where its links run in a circle. A broken link is none."""
    seen = {account}
    at = account
    while (above := links.get(at)) is not None and above in links:
        if above in seen:
            return account
        seen.add(above)
        at = above
    return at


def regrouped(accounts: Iterable[Series], clients: Clients) -> list[Series]:
    """Series of accounts added up to clients; an account that is not named stands for itself."""
    found: dict[str, Series] = {}
    for one in accounts:
        client = clients.get(one.unit_id, one.unit_id)
        if client not in found:
            found[client] = replace(one, unit_id=client)
            continue
        before = found[client]
        found[client] = replace(
            before,
            was_client=before.was_client or one.was_client,
            values={rates: _added(before.values[rates], one.values[rates]) for rates in before.values},
        )
    return [found[client] for client in sorted(found)]


def _added(left: tuple[Decimal, ...], right: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    return tuple(a + b for a, b in zip(left, right, strict=True))
