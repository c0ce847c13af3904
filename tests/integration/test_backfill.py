"""Past months rebuilt by the command: the same whatever came before, the live release untouched, each to be asked."""

import json
from pathlib import Path

import duckdb
import pytest

from pipelines.engine import CONFIG
from tests.small_company import refresh, tenure, write_inbox

pytestmark = pytest.mark.slow  # four builds

# What tells one run from another; all else must be the same.
OF_THE_RUN = {"ops.checks", "ops.publications", "ops.acceptances"}


def contents(warehouse: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every table, in an order of their own."""
    with duckdb.connect(str(warehouse), read_only=True, config=CONFIG) as connection:
        tables = [f"{schema}.{name}" for schema, name in connection.execute(TABLES).fetchall()]
        return {
            table: sorted(connection.execute(f"from {table}").fetchall(), key=repr)
            for table in tables
            if table not in OF_THE_RUN
        }


TABLES = "select schema_name, table_name from duckdb_tables() where not temporary order by all"


def test_months_come_out_the_same_in_any_order_and_current_stays(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_inbox(home)
    assert refresh(home).returncode == 0
    live, before = (home / "current").readlink(), sorted((home / "releases").iterdir())
    both = tenure(home, "backfill", "--from", "2024-12", "--to", "2025-01")
    assert both.returncode == 0, both.stderr
    assert [line.split()[:3] for line in both.stdout.splitlines()[1:3]] == [
        ["2024-12", "USD", "1,800"],
        ["2025-01", "USD", "1,200"],
    ]
    december = home / "backfills" / "2024-12"
    first, manifest = contents(december / "warehouse.duckdb"), json.loads((december / "manifest.json").read_text())

    kept = tenure(home, "backfill", "--from", "2024-12", "--to", "2024-12")
    assert "Building" not in kept.stderr  # nothing changed, so nothing is built
    again = tenure(home, "backfill", "--from", "2024-12", "--to", "2024-12", "--force")  # after January now
    assert again.returncode == 0, again.stderr

    assert contents(december / "warehouse.duckdb") == first
    assert json.loads((december / "manifest.json").read_text())["fingerprint"] == manifest["fingerprint"]
    assert ((home / "current").readlink(), sorted((home / "releases").iterdir())) == (live, before)
    arr = tenure(home, "sql", "select sum(arr_cc) as arr from marts.fct_arr where month = '2024-12-01'", "--as-of",
                 "2024-12", "--format", "csv")  # fmt: skip
    assert arr.stdout.split() == ["arr", "1800.00"]
    missing = tenure(home, "sql", "select 1", "--as-of", "2025-02")
    assert missing.returncode == 2
    assert "tenure backfill --from 2025-02 --to 2025-02" in missing.stderr
