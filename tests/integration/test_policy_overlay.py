"""The company's policy through the real build: its sets replace the shipped ones exactly as the linter merges them."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.settings import Settings
from pipelines.warehouse import build
from pipelines.warehouse.policy import read_seed, seeds
from pipelines.warehouse.policy_lint import Source, merged_source

pytestmark = pytest.mark.slow  # a build of its own

TIERS = (
    "tier,minimum_annual_revenue_cc,valid_from\n"
    "strategic,750000,{0}\ngrowth,150000.50,{0}\nstandard,50000,{0}\ntail,,{0}\n"
)
OWN = {
    "tiers": TIERS.format("2000-01-01") + TIERS.format("2026-07-01").partition("\n")[2],
    "parameters": "parameter,value,valid_from\nfx_max_age_days,5,2000-01-01\nchurn_reason_days_before,90,2026-01-01\n",
    "communication_limits": (
        "kind,urgency,response_minutes,same_day_until_minute,valid_from\nmeeting_request,,720,,2000-01-01\n"
    ),
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = Settings(home=tmp_path, as_of=dt.date(2026, 9, 30))
    home.policy.mkdir()
    for name, text in OWN.items():
        (home.policy / f"{name}.csv").write_text(text, encoding="utf-8")
    return home


def test_a_set_of_the_companys_replaces_the_shipped_one(settings: Settings) -> None:
    result = build(settings, settings.builds / "run", "run", only=OWN)
    assert result.broken == []
    with duckdb.connect(str(result.file), read_only=True) as warehouse:
        for name in OWN:
            seed = seeds()[name]
            own = Source(seed, "own", read_seed(settings.policy / f"{name}.csv", seed))
            expected = merged_source(Source(seed, "shipped", read_seed(seed.path, seed)), own)
            columns = ", ".join(seed.types)
            built = warehouse.execute(f"select {columns} from policy.{name}").fetchall()
            assert sorted(built, key=str) == sorted((row.values_of(seed.types) for row in expected), key=str)
        strategic = "select minimum_annual_revenue_cc, valid_from from policy.tiers where tier = 'strategic' order by 2"
        assert [str(limit) for limit, _ in warehouse.execute(strategic).fetchall()] == ["750000.00", "750000.00"]


def test_a_wrong_policy_builds_nothing(settings: Settings) -> None:
    (settings.policy / "tiers.csv").write_text("tier,minimum_annual_revenue_cc,valid_from\ngold,1,2026-01-01\n")
    with pytest.raises(UserError, match="tier 'gold' is unknown") as refused:
        build(settings, settings.builds / "run", "run")
    assert refused.value.exit_status == 2
    assert not settings.builds.exists()
