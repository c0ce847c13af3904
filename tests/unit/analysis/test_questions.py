"""The four questions on the company of conftest, and what they say to a wrong one."""

import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipelines.analysis.compare import MIX, compare, effects_of
from pipelines.analysis.concentration import concentration
from pipelines.analysis.fan import fan
from pipelines.analysis.parts import Growth
from pipelines.analysis.reconcile import reconcile, sets_of, solved
from pipelines.analysis.report import Report, as_json, as_text
from pipelines.cli import app
from pipelines.errors import UserError
from pipelines.serving.release import Release


def rows(report: Report, section: str) -> list[dict[str, Any]]:
    return [row.values for found in report.sections if found.name == section for row in found.rows]


def test_the_fan_flags_where_the_method_alone_changes_band_and_rating(release: Release) -> None:
    company = fan(release, "nrr", "2026-06", "company", None, 12)
    shown = [(row["value"], row["band"]) for row in rows(company, "methods")]
    assert shown == [
        (Decimal("0.97142857"), "at_risk"),
        (Decimal("1.00689655"), "acceptable"),
        (Decimal("0.97241379"), "at_risk"),
        (Decimal("0.97333333"), "at_risk"),
    ]
    assert "THE METHOD ALONE CHANGES THE BAND" in as_text(company)
    # 0.3 x 1.0069 / 1.1 + 0.264 over 0.6 is 0.8977, 0.8749 at the start's rates: both below 0.9, so no rating changes.
    manager = fan(release, "nrr", "2026-06", "am", "a1", 12)
    assert [row["rating"] for row in rows(manager, "methods")] == ["unacceptable"] * 4


def test_the_fan_rates_a_manager_with_each_number(changed: Callable[[str], Release]) -> None:
    manager = fan(changed("update policy.scorecard_ratings set minimum_score = 0.89 where rating = 'meets'"),
                  "nrr", "2026-06", "am", "a1", 12)  # fmt: skip
    assert [row["rating"] for row in rows(manager, "methods")] == [
        "unacceptable",
        "meets",
        "unacceptable",
        "unacceptable",
    ]


def test_a_window_that_no_band_is_set_for_has_none(changed: Callable[[str], Release]) -> None:
    quarter = changed("insert into marts.rpt_retention values ('2026-06-01', 3, 'company', 'all', 1.00689655, 1, 1)")
    ours = rows(fan(quarter, "nrr", "2026-06", "company", None, 3), "methods")[0]
    assert (ours["value"], ours["band"]) == (Decimal("1.00689655"), None)  # 3504 / 3480, Eve has come and Cyd is back


def test_concentration_leaves_out_the_largest_in_turn(release: Release) -> None:
    report = concentration(release, "nrr", "2026-06", 2, "company", None, 12)
    found = [(row["client_name"], row["nrr"], row["grr"]) for row in rows(report, "without")]
    assert found == [
        ("nobody: as published", Decimal("0.97142857"), Decimal("0.85714286")),
        ("Ada", Decimal("0.77777778"), Decimal("0.77777778")),  # 1680 / 2160
        ("Bea", Decimal("0.95555556"), Decimal("0.77777778")),  # 2064 / 2160
        ("all 2 of them", Decimal("0.50000000"), Decimal("0.50000000")),  # 480 / 960
    ]


def test_a_band_that_changes_without_a_client_is_told_from_and_to(changed: Callable[[str], Release]) -> None:
    policy = changed("""
        update policy.retention_bands set lower_bound = 0.96 where band = 'acceptable' and metric = 'nrr';
        update policy.retention_bands set upper_bound = 0.96 where band = 'at_risk' and metric = 'nrr';
    """)
    flags = [row["flag"] for row in rows(concentration(policy, "nrr", "2026-06", 1, "company", None, 12), "without")]
    assert flags[0] == "" and flags[1].startswith("NRR acceptable > at_risk")


def test_the_solver_finds_the_rule_with_the_fewest_changes(release: Release) -> None:
    report = reconcile(release, "nrr", "1.0069", "2026-06", "company", None)
    first = rows(report, "answers")[0]
    assert (first["changes"], first["value"]) == (1, Decimal("1.00689655"))
    assert first["rules"] == "reported: every month at its own rate"
    assert report.facts["value"] == Decimal("0.97142857")


def test_the_solver_gives_our_own_number_without_a_change(release: Release) -> None:
    first = rows(reconcile(release, "nrr", "97.142857%", "2026-06", "company", None), "answers")[0]
    assert (first["changes"], first["rules"]) == (0, "our definition")


def test_a_pair_of_rules_is_found_and_no_rule_without_effect_is_named(release: Release) -> None:
    # New clients and those who came back: (3264 + 240 + 180) / 3360.
    answers = rows(reconcile(release, "nrr", "1.09642857", "2026-06", "company", None, "0"), "answers")
    assert answers[0]["changes"] == 2
    assert {"new clients count in the end", "clients from before the window that came back count in the end"} == set(
        answers[0]["rules"].split("; ")
    )
    assert not answers[1]["is_hit"]


def test_no_set_of_choices_decides_a_rule_twice(release: Release) -> None:
    from pipelines.analysis.question import asked
    from pipelines.analysis.reconcile import choices_for

    choices = choices_for(asked(release, "nrr", "2026-06"), 1)
    found = list(sets_of(choices, 2))
    assert found[0] == ()
    assert len(set(found)) == len(found)
    assert all(len({(one.part, one.field) for one in chosen}) == len(chosen) for chosen in found)
    assert solved({}, Decimal(1), Decimal(0)) == []


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        # Ada's 13 units instead of 12 at 100, the rest of her growth; Dan's churn. All over 3360.
        ("nrr_cc", {"Volume": "2.976190", "Price": "8.452381", "Exchange rates": "0", "Churn": "-10.714286"}),
        # Over 3480; Bea's EUR 1200 at 1.20 instead of 1.10.
        (
            "nrr_reported",
            {"Volume": "2.873563", "Price": "8.160920", "Exchange rates": "3.448276", "Churn": "-10.344828"},
        ),
    ],
)
def test_compare_splits_the_change_and_adds_up(release: Release, metric: str, expected: dict[str, str]) -> None:
    report = compare(release, ("2026-05", "2026-06"), metric, "region", None)
    parts = {row["part"]: row["effect_pp"] for row in rows(report, "parts")}
    published = "select any_value(%s) from marts.rpt_retention where segment = 'company' and month = '2026-06-01'"
    assert report.facts["value"] == release.rows(published % metric).item()
    change = parts.pop("Change")
    assert change == 100 * report.facts["difference"] == sum(parts.values())  # type: ignore[operator]
    assert parts.pop("Mix (segment weights)") == 0  # each region starts from the same ARR in both windows
    for part, value in expected.items():
        assert abs(parts[part] - Decimal(value)) <= Decimal("0.000002"), part
    clients = rows(report, "clients")
    assert clients[-1]["effect_pp"] == sum(row["effect_pp"] for row in clients[:-1]) == change
    assert [row["client_id"] for row in clients[:2]] == ["ada", "dan"]


def test_compare_says_what_each_segment_did(release: Release) -> None:
    """Both regions start from the same ARR in both windows: all is their clients' doing, none is mix."""
    report = compare(release, ("2026-05", "2026-06"), "nrr_cc", "region", None)
    *regions, total = rows(report, "segments")
    assert [row["segment_value"] for row in regions] == ["north", "south"]
    # North: (1584 + 1200) / 2400 after 1 before, over 2400 / 3360; south: dan's 360 of 960, over 960 / 3360.
    assert [row["clients_pp"] for row in regions] == [Decimal("11.42857100"), Decimal("-10.71428600")]
    assert [row["mix_pp"] for row in regions] == [0, 0]
    assert total["effect_pp"] == 100 * report.facts["difference"]  # type: ignore[operator]
    assert abs(sum(row["effect_pp"] for row in regions) - total["effect_pp"]) <= Decimal("0.000002")


def test_a_reported_number_is_named_so(release: Release) -> None:
    assert compare(release, ("2026-05", "2026-06"), "nrr_reported", "company", None).title.startswith(
        "What moved reported NRR since"
    )
    assert concentration(release, "nrr_reported", "2026-06", 1, "company", None, 12).title.startswith("Reported NRR")


def growth(client: str, segment: str, start: int, change: int) -> Growth:
    parts = {"volume": Fraction(change), "price": Fraction(0), "fx": Fraction(0), "churn": Fraction(0)}
    return Growth(client, client, segment, Fraction(start), parts)


def test_mix_is_the_change_of_the_weights_alone() -> None:
    """North stays at 120 %, south at 80 %; north's weight goes from a half to three quarters: all of it is mix."""
    before = [growth("n", "north", 100, 20), growth("s", "south", 100, -20)]
    after = [growth("n", "north", 300, 60), growth("s", "south", 100, -20)]
    effects = effects_of(before, after)
    assert sum(effects.values()) == Fraction(11, 10) - 1
    assert effects["volume", "n"] == effects["volume", "s"] == 0
    assert (effects[MIX, "north"], effects[MIX, "south"]) == (Fraction(1, 20), Fraction(1, 20))


def test_a_segment_that_comes_or_goes_is_mix_as_a_whole() -> None:
    before = [growth("n", "north", 100, 20), growth("w", "west", 100, -50)]
    after = [growth("n", "north", 100, 30), growth("e", "east", 300, 90)]
    effects = effects_of(before, after)
    assert sum(effects.values()) == Fraction(130, 100) - Fraction(85, 100)
    assert {who for part, who in effects if part == "volume"} == {"n"}
    assert effects["volume", "n"] == Fraction(1, 4) * (Fraction(130, 100) - Fraction(120, 100))


def test_json_holds_exact_decimals_as_text(release: Release) -> None:
    told = json.loads(as_json(fan(release, "nrr", None, "region", None, 12)))
    assert (told["metric"], told["month"], told["segment"]) == ("nrr_cc", "2026-06", "region")
    assert [row["value"] for row in told["methods"][:2]] == ["1.16000000", "1.20000000"]


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda r: fan(r, "nps", None, "company", None, 12), "'nps' is no retention metric"),
        (lambda r: fan(r, "nrr", "2020-01", "company", None, 12), "there is no nrr_cc"),
        (lambda r: fan(r, "nrr", None, "planet", None, 12), "there is no segment 'planet'"),
        (lambda r: fan(r, "nrr", None, "region", "moon", 12), "there is no region 'moon'"),
        (lambda r: fan(r, "nrr", "2026-06", "currency", "EUR", 12), "there is no nrr_cc for currency EUR, 2026-06"),
        (lambda r: concentration(r, "nrr", None, 0, "company", None, 12), "--top must be 1 or more"),
        (lambda r: reconcile(r, "nrr", "103.2", None, "company", None), "--target 103.2 is no rate"),
        (lambda r: reconcile(r, "nrr", "much", None, "company", None), "--target 'much' is no number"),
        (lambda r: compare(r, ("2026-05", "2026-6"), "nrr", "company", None), "'2026-6' is no month"),
        (lambda r: compare(r, ("2026-06", "2026-05"), "nrr", "company", None), "2026-06 is not before 2026-05"),
        (lambda r: compare(r, ("2026-06", "2026-06"), "nrr", "company", None), "2026-06 is not before 2026-06"),
    ],
)
def test_a_wrong_question_is_answered_in_words(release: Release, ask: Callable[[Release], Report], words: str) -> None:
    with pytest.raises(UserError, match=words):
        ask(release)


def test_rows_that_miss_the_published_number_stop_the_analysis(changed: Callable[[str], Release]) -> None:
    wrong = changed("update marts.rpt_retention set nrr_cc = 0.98 where segment = 'company' and month = '2026-06-01'")
    with pytest.raises(RuntimeError, match=r"give 0\.97142857, published is 0\.98"):
        concentration(wrong, "nrr", "2026-06", 3, "company", None, 12)


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        (("fan", "nrr"), "NRR under four ways of converting: company, 2026-06, over 12 months"),
        (("concentration", "grr", "--top", "1"), "GRR without each of the 1 largest clients: company, 2026-06"),
        (
            ("reconcile", "nrr", "--target", "1.025", "--changes", "1"),
            "Which rules make NRR 102.50 %: company, 2026-06",
        ),
        (("compare", "2026-05", "2026-06", "nrr_cc"), "What moved NRR since 2026-05: company, 2026-06"),
    ],
)
def test_every_command_answers_for_a_home(
    release: Release, arguments: tuple[str, ...], first: str, tmp_path: Path
) -> None:
    (tmp_path / "current").symlink_to(release.warehouse.parent)
    answer = CliRunner().invoke(app, [*arguments, "--home", str(tmp_path)])
    assert answer.exit_code == 0, answer.output
    assert answer.output.startswith(first)
