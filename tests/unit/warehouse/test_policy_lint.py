"""One planted defect of each kind in a company's policy; the message names file and row, and says what is wrong."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import UserError
from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.warehouse.policy import Seed, seeds
from pipelines.warehouse.policy_lint import FIRST_NEEDED_ON, Source, lint, lint_policy
from pipelines.warehouse.policy_rules import OPTIONS, RULES
from pipelines.warehouse.project import parsed_manifest


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, as_of=dt.date(2026, 9, 30))


def write(settings: Settings, seed: str, rows: str) -> Path:
    """The company's own seed: the columns are the shipped ones, `rows` the lines below them."""
    settings.policy.mkdir(exist_ok=True)
    path = settings.policy / f"{seed}.csv"
    path.write_text(",".join(seeds()[seed].types) + "\n" + rows.strip() + "\n", encoding="utf-8")
    return path


TIERS = "strategic,{},2026-01-01\ngrowth,{},2026-01-01\nstandard,{},2026-01-01\ntail,{},2026-01-01"
NRR = (
    "nrr,target,{},,{},false,2026-01-01\n"
    "nrr,acceptable,{},{},true,false,2026-01-01\n"
    "nrr,at_risk,,{},false,{},2026-01-01"
)
SEVERITIES = (
    "severity_matrix,P0,{},240,2026-01-01\n"
    "severity_matrix,P1,240,1440,2026-01-01\n"
    "severity_matrix,P2,1440,10080,2026-01-01"
)
BANDS = NRR.format(1.1, "true", 1, 1.1, 1, "false")

DEFECTS = {
    "a_number_is_no_number": ("tiers", TIERS.format("lots", 1, 0, ""), 2, "is 'lots', but it must be a number"),
    "a_number_has_more_decimals_than_count": ("tiers", TIERS.format("9.999", 1, 0, ""), 2, "at most 2 decimals"),
    "a_word_stands_for_true": (
        "retention_bands",
        NRR.format(1.1, "yes", 1, 1.1, 1, "false"),
        2,
        "must be true or false",
    ),
    "a_date_cannot_be_read": ("parameters", "fx_max_age_days,7,31.12.2025", 2, "valid_from is '31.12.2025'"),
    "a_date_does_not_exist": ("parameters", "fx_max_age_days,7,2026-02-30", 2, "valid_from is '2026-02-30'"),
    "a_date_is_missing": ("parameters", "fx_max_age_days,7,", 2, "valid_from is empty"),
    "a_required_cell_is_empty": ("product_types", "consulting,,2026-01-01", 2, "revenue_type is empty"),
    "a_key_is_repeated": (
        "parameters",
        "fx_max_age_days,7,2026-01-01\nfx_max_age_days,9,2026-01-01",
        3,
        "given twice: also in row 2",
    ),
    "two_sets_of_one_day_overlap": (
        "tiers",
        TIERS.format(9, 8, 7, "") + "\n" + TIERS.format(6, 5, 4, ""),
        6,
        "valid_from 2026-01-01 is given twice",
    ),
    "two_spellings_of_one_word": ("product_types", "Retainer,one_off,2026-01-01", 2, "write it in that way"),
    "a_revenue_type_is_unknown": (
        "product_types",
        "consulting,recuring,2026-01-01",
        2,
        "revenue_type 'recuring' is unknown",
    ),
    "a_churn_category_is_unknown": (
        "churn_reasons",
        "bored,willing,2026-01-01",
        2,
        "churn_category 'willing' is unknown",
    ),
    "a_credit_effect_is_unknown": ("credit_reasons", "sorry,gift,2026-01-01", 2, "effect 'gift' is unknown"),
    "a_band_is_unknown": ("retention_bands", "nrr,great,,,false,false,2026-01-01", 2, "band 'great' is unknown"),
    "a_tier_is_unknown": ("tiers", "gold,1,2026-01-01", 2, "tier 'gold' is unknown"),
    "a_parameter_is_misspelt": ("parameters", "fx_max_age,7,2026-01-01", 2, "parameter 'fx_max_age' is unknown"),
    "a_kpi_is_in_no_book": ("kpi_targets", "happiness_rate,1,2026-01-01", 2, "kpi 'happiness_rate' is unknown"),
    "bands_leave_a_gap": (
        "retention_bands",
        NRR.format(1.1, "true", 1, 1.05, 1, "false"),
        2,
        "a gap: values between 1.05",
    ),
    "bands_leave_out_their_bound": (
        "retention_bands",
        NRR.format(1.1, "false", 1, 1.1, 1, "false"),
        2,
        "a gap: 1.1 itself",
    ),
    "bands_overlap": ("retention_bands", NRR.format(1.1, "true", 1, 1.2, 1, "false"), 2, "overlaps row 3"),
    "bands_share_their_bound": (
        "retention_bands",
        NRR.format(1.1, "true", 1, 1.1, 1, "true"),
        3,
        "the value 1 is in both",
    ),
    "bands_end_too_low": (
        "retention_bands",
        BANDS.replace("1.1,,", "1.1,2,"),
        2,
        "values above 2",
    ),
    "a_bracket_is_unreachable": (
        "retention_bands",
        BANDS + "\nnrr,acceptable,3,2,true,true,2026-01-02",
        5,
        "between 3 and 2",
    ),
    "a_tier_is_unreachable": ("tiers", TIERS.format(1000, 2000, 10, ""), 3, "one of them is unreachable"),
    "the_lowest_tier_has_a_limit": ("tiers", TIERS.format(9, 8, 7, 6), 5, "nothing is said of values below 6"),
    "a_set_lacks_a_tier": ("tiers", TIERS.format(9, 8, 7, "").rpartition("\n")[0], 2, "lacks tier tail"),
    "a_set_lacks_a_severity": ("sla_policies", SEVERITIES.format(60), 2, "lacks severity P3"),
    "a_limit_is_negative": ("sla_policies", SEVERITIES.format(-60), 2, "must not be less than 0"),
    "a_response_limit_is_above_the_resolution_limit": (
        "sla_policies",
        SEVERITIES.format(600),
        2,
        "response_minutes 600 is more than resolution_minutes 240",
    ),
    "weights_do_not_add_up": (
        "scorecard_weights",
        "nrr_cc,0.5,1.1,2026-01-01",
        2,
        "adds up to 1.20, but it must be 1",
    ),
    "component_points_do_not_add_up": (
        "health_components",
        "issue,5,lowest,2026-01-01",
        2,
        "adds up to 95, but it must be 100",
    ),
    "maximum_points_do_not_match_the_rubric": (
        "health_rubric",
        "nps,nps_mean,,false,,false,15,2026-01-01",
        2,
        "but its maximum_points is 20",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_named_with_file_and_row(defect: str, settings: Settings) -> None:
    seed, rows, row, message = DEFECTS[defect]
    path = write(settings, seed, rows)
    with pytest.raises(UserError) as refused:
        lint_policy(settings)
    assert any(f"{path}, row {row}: " in line and message in line for line in str(refused.value).splitlines()), (
        refused.value
    )


def test_the_shipped_seeds_are_clean(settings: Settings) -> None:
    lint_policy(settings)


def test_a_new_set_may_begin_at_any_date(settings: Settings) -> None:
    write(settings, "tiers", TIERS.format(900000, 90000, 9000, ""))
    write(settings, "retention_bands", NRR.format(1.2, "true", 1, 1.2, 1, "false"))
    lint_policy(settings)


def test_all_problems_are_told_at_once(settings: Settings) -> None:
    write(settings, "tiers", "gold,lots,2026-01-01")
    write(settings, "sla_policies", SEVERITIES.format(-1))
    with pytest.raises(UserError, match="the policy has 3 problems") as refused:
        lint_policy(settings)
    assert "tiers.csv, row 2" in str(refused.value) and "sla_policies.csv, row 2" in str(refused.value)


def test_a_file_that_is_no_seed_is_refused(settings: Settings) -> None:
    settings.policy.mkdir()
    (settings.policy / "teirs.csv").write_text("tier\n")
    with pytest.raises(UserError, match="no policy seed 'teirs'"):
        lint_policy(settings)


def test_other_columns_are_refused(settings: Settings) -> None:
    settings.policy.mkdir()
    (settings.policy / "tiers.csv").write_text("tier;minimum;valid_from\ntail;;2026-01-01\n")
    with pytest.raises(UserError, match="columns of policy 'tiers'"):
        lint_policy(settings)


def a_seed(**lint_rules: object) -> Seed:
    return Seed(
        "quotas", {"am": "varchar", "quota": "integer", "valid_from": "date"}, ["am", "valid_from"], ["am"], lint_rules
    )


def test_the_first_needed_day_has_a_set_of_every_key() -> None:
    cells = pl.DataFrame({"am": ["ann"], "quota": ["5"], "valid_from": ["2024-01-01"]})
    found = lint([Source(a_seed(), "quotas.csv", cells)], [], FIRST_NEEDED_ON)
    assert [str(problem) for problem in found] == [
        "quotas.csv, row 2: no quotas of am 'ann' is in force before 2024-01-01, but one is needed from 2000-01-01 on:"
        " give the first set an earlier valid_from"
    ]
    assert lint([Source(a_seed(may_begin_later=True), "quotas.csv", cells)], [], FIRST_NEEDED_ON) == []


def test_every_declared_check_exists() -> None:
    declared = {rule for seed in seeds().values() for rule in seed.lint}
    assert declared <= set(RULES) | OPTIONS
    assert set(RULES) <= declared, "a check that no seed asks for"


def test_every_seed_says_what_it_is_checked_for() -> None:
    assert [seed.name for seed in seeds().values() if not seed.lint] == []


def test_the_page_tells_of_every_seed_and_check() -> None:
    page = (PROJECT_ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    manifest = {node.name: node for node in parsed_manifest().nodes.values() if str(node.resource_type) == "seed"}
    rows = [
        f"| {seed.name} | {'one ' + ', '.join(seed.set_key) if seed.set_key else 'the whole seed'}"
        f" | {' '.join(manifest[seed.name].description.split())} |"
        for seed in seeds().values()
    ]
    assert [row for row in rows if row not in page] == []
    assert [name for name in sorted(OPTIONS | set(RULES)) if f"| `{name}` |" not in page] == []
