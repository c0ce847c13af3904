"""When a source is late, and what the graph makes of a home that is not in order."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines.defs.sources import known_sources, late_after_days
from pipelines.errors import UserError
from pipelines.settings import Settings


def settings(home: Path, days: object) -> Settings:
    return Settings(home=home, as_of=dt.date(2026, 1, 31), sources={"xero": {"late_after_days": days}})


def test_a_source_is_late_after_its_own_days_else_after_those_of_the_policy(tmp_path: Path) -> None:
    assert late_after_days(settings(tmp_path, 1.5), "xero") == 1.5
    assert late_after_days(settings(tmp_path, 1.5), "stripe") == 35


@pytest.mark.parametrize("days", ["two", 0, -1, True])
def test_a_limit_that_is_no_number_of_days_is_named_with_its_place(tmp_path: Path, days: object) -> None:
    with pytest.raises(UserError) as error:
        late_after_days(settings(tmp_path, days), "xero")
    assert "[sources.xero]" in str(error.value)


def test_a_damaged_ledger_does_not_keep_the_graph_from_loading(tmp_path: Path) -> None:
    (tmp_path / "lake" / "_ledger").mkdir(parents=True)
    (tmp_path / "lake" / "_ledger" / "00000001-abc.json").write_text("{")
    assert known_sources(settings(tmp_path, 2)) == {"xero": set()}
