"""Every connection of ours avoids the optimizer that returns wrong rows (golden case s_scorecard shows the damage)."""

import re
from pathlib import Path

import duckdb
import pytest

from pipelines.engine import CONFIG, DISABLED_OPTIMIZERS
from pipelines.serving.release import SANDBOX
from pipelines.settings import PROJECT_ROOT
from pipelines.warehouse.sources import open_build_file


def test_dbt_and_python_disable_the_same_optimizers() -> None:
    profile = (PROJECT_ROOT / "profiles.yml").read_text(encoding="utf-8")
    assert re.findall(r"disabled_optimizers: (.+)", profile) == [DISABLED_OPTIMIZERS]


def test_the_setting_holds_on_a_connection() -> None:
    with duckdb.connect(config=CONFIG) as connection:
        setting = connection.execute("select current_setting('disabled_optimizers')").fetchone()
    assert setting == (DISABLED_OPTIMIZERS,)


def test_a_build_takes_no_more_memory_than_it_may(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(file)).close()
    asked = "select parse_formatted_bytes(current_setting('memory_limit'))"
    limits = {}
    for memory_mb in (None, 600, 10**9):  # the last is more than any machine has
        with open_build_file(file, {}, memory_mb) as connection:
            (limits[memory_mb],) = connection.execute(asked).fetchone() or (0,)
    assert limits[600] == pytest.approx(600e6, rel=0.01)
    assert limits[10**9] == limits[None] > 600e6


def test_readers_of_a_release_have_it_too() -> None:
    assert SANDBOX["disabled_optimizers"] == DISABLED_OPTIMIZERS


def test_every_connection_to_a_warehouse_is_opened_with_it() -> None:
    opened = [
        f"{path.name}: {line.strip()}"
        for path in (PROJECT_ROOT / "pipelines").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "duckdb.connect(str(" in line
    ]
    assert len(opened) >= 8
    assert not [line for line in opened if "config=CONFIG" not in line and "config=SANDBOX" not in line]
