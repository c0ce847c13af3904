"""Every connection of ours avoids the optimizer that returns wrong rows (golden case s_scorecard shows the damage)."""

import re

import duckdb

from pipelines.engine import CONFIG, DISABLED_OPTIMIZERS
from pipelines.serving.release import SANDBOX
from pipelines.settings import PROJECT_ROOT


def test_dbt_and_python_disable_the_same_optimizers() -> None:
    profile = (PROJECT_ROOT / "profiles.yml").read_text(encoding="utf-8")
    assert re.findall(r"disabled_optimizers: (.+)", profile) == [DISABLED_OPTIMIZERS]


def test_the_setting_holds_on_a_connection() -> None:
    with duckdb.connect(config=CONFIG) as connection:
        setting = connection.execute("select current_setting('disabled_optimizers')").fetchone()
    assert setting == (DISABLED_OPTIMIZERS,)


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
