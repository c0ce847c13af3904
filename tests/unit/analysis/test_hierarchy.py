"""Parent links of an earlier day: found in the lake, walked as the warehouse walks them, tried by the solver."""

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.analysis.hierarchy import clients_on
from pipelines.analysis.reconcile import reconcile
from pipelines.serving.release import Release

NOW = """
    create table intermediate.int_clients__by_account as
        select account_id, case account_id when 'cyd-2' then 'cyd-1' else account_id end as client_id
        from staging.stg_accounts
"""
SCHEMA = {
    "account_id": pl.String, "parent_account_id": pl.String, "merged_into_account_id": pl.String,
    "_newness_at": pl.Datetime("us"), "_load_seq": pl.Int64, "_is_active": pl.Boolean,
}  # fmt: skip
Row = tuple[str, str | None, str | None, bool]


def export(lake: Path, seq: int, day: str, *rows: Row) -> None:
    """One landed export of accounts: id, parent, merged into, whether the row takes part."""
    newness = dt.datetime.fromisoformat(f"{day}T12:00:00")
    frame = [(account, parent, merged, newness, seq, active) for account, parent, merged, active in rows]
    (lake / "accounts").mkdir(parents=True, exist_ok=True)
    (lake / "_ledger").mkdir(exist_ok=True)
    pl.DataFrame(frame, schema=SCHEMA, orient="row").write_parquet(lake / "accounts" / f"{seq}.parquet")
    entry = {"seq": seq, "load_id": str(seq), "entities": {"accounts": {}}}
    (lake / "_ledger" / f"{seq}.json").write_text(json.dumps(entry))


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ({"a": None, "b": "a", "c": "b"}, {"a": "a", "b": "a", "c": "a"}),
        ({"a": "gone", "b": "a"}, {"a": "a", "b": "a"}),  # a broken link makes a root
        ({"a": "b", "b": "a", "c": "a"}, {"a": "a", "b": "b", "c": "c"}),  # all that run into a circle are alone
        ({"a": "a", "b": "a"}, {"a": "a", "b": "b"}),
    ],
)
def test_links_are_walked_to_the_top(links: dict[str, str | None], expected: dict[str, str], tmp_path: Path) -> None:
    export(tmp_path, 1, "2026-01-01", *((account, parent, None, True) for account, parent in links.items()))
    assert clients_on(tmp_path, dt.date(2026, 1, 1)) == expected


def test_of_an_account_the_newest_row_of_the_day_counts(tmp_path: Path) -> None:
    export(tmp_path, 1, "2026-01-01", ("a", None, None, True), ("b", "a", None, True), ("c", None, None, True))
    export(tmp_path, 2, "2026-02-01", ("b", None, "c", True), ("a", None, None, False))  # merged; deleted
    export(tmp_path, 3, "2026-03-01", ("b", None, None, True))
    assert clients_on(tmp_path, dt.date(2025, 12, 31)) == {}
    assert clients_on(tmp_path, dt.date(2026, 1, 31)) == {"a": "a", "b": "a", "c": "c"}
    assert clients_on(tmp_path, dt.date(2026, 2, 1)) == {"b": "c", "c": "c"}
    assert clients_on(tmp_path, dt.date(2026, 3, 31)) == {"b": "b", "c": "c"}
    assert clients_on(tmp_path / "empty", dt.date(2026, 3, 31)) == {}


def test_an_export_that_was_not_committed_is_none(tmp_path: Path) -> None:
    export(tmp_path, 1, "2026-01-01", ("a", None, None, True))
    (tmp_path / "_ledger" / "1.json").unlink()
    assert clients_on(tmp_path, dt.date(2026, 1, 31)) == {}


def answers(release: Release, target: str, lake: Path) -> list[dict[str, object]]:
    report = reconcile(release, "grr", target, "2026-06", "company", None, "0.00000001", 1, 40, lake)
    return [row.values for row in report.sections[0].groups[0].rows]


def test_the_solver_finds_a_number_made_under_earlier_links(changed: Callable[[str], Release], tmp_path: Path) -> None:
    """In June 2025 Cyd's second office was Dan's: then Cyd is lost and Dan is not. (1200 + 1200 + 360) / 3360."""
    export(tmp_path, 1, "2025-05-15", ("dan-1", None, None, True), ("cyd-2", "dan-1", None, True))
    export(tmp_path, 2, "2025-12-15", ("cyd-1", None, None, True), ("cyd-2", "cyd-1", None, True))
    first, *others = answers(changed(NOW), "0.82142857", tmp_path)
    assert (first["changes"], first["value"]) == (1, Decimal("0.82142857"))
    assert first["rules"] == "parent links as exported by 2025-06-30"
    assert not any("2026-06-30" in str(one["rules"]) for one in others)  # those are the links of today


def test_without_earlier_exports_nothing_of_the_kind_is_tried(
    changed: Callable[[str], Release], tmp_path: Path
) -> None:
    assert not any("parent links" in str(one["rules"]) for one in answers(changed(NOW), "1", tmp_path))
