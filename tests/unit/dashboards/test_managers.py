"""Account managers: scores add up, nobody is rated on too little, and what was paid stands beside what is known now."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.dashboards.figures import theme
from pipelines.dashboards.pages.managers import build
from pipelines.serving.principal import LEADERSHIP, Principal, Role
from pipelines.serving.release import Release
from tests.unit.dashboards.plotly_check import checked
from tests.unit.dashboards.staffed import context, panel, plain, staffed, texts

CLOSED = """
insert into ops.closed_scorecards values
    ('2026-09-01', 'first', '2026-10-01', 'a1', 'score', null, null, 0.60, 0.75, 'needs_improvement', 'meets'),
    ('2026-09-01', 'paid', '2026-10-05', 'a1', 'score', null, null, 0.80, 0.75, 'meets', 'meets'),
    ('2026-09-01', 'paid', '2026-10-05', 'a1', 'nrr_cc', 0.99, 0.88, 0.45, 0.40, null, null),
    ('2026-09-01', 'paid', '2026-10-05', 'a1', 'nps', 33, 33, 0.20, 0.20, null, null),
    ('2026-09-01', 'paid', '2026-10-05', 'a2', 'score', null, null, 1, 1, 'not_rated', 'not_rated');
"""
ANN = Principal("ann", Role.ACCOUNT_MANAGER, frozenset({"a1"}))
DIRECTOR = Principal("dee", Role.DIRECTOR, frozenset({"a1", "a2"}))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    with staffed(tmp_path_factory.mktemp("managers")) as opened:
        yield opened


def test_the_league_is_ordered_by_arr_and_its_total_is_the_sum(release: Release) -> None:
    league = panel(build(context(release)), "league")
    rows = texts(league)
    assert [row[0] for row in rows] == ["Ann", "Bob <b>"]
    assert rows[0][1:6] == ["75.0", "Meets expectations", "900", "9", "+5.0"]
    assert league.table is not None and [cell.raw for cell in league.table.total][3:5] == ["1000.00", "44"]


def test_the_league_by_score_puts_the_lowest_first(tmp_path: Path) -> None:
    with staffed(tmp_path, "update marts.rpt_scorecard_ratings set score = 0.2 where am_id = 'a2';") as release:
        rows = texts(panel(build(context(release, "?order=score")), "league"))
    assert [row[:2] for row in rows] == [["Bob <b>", "20.0"], ["Ann", "75.0"]]


def test_too_little_data_is_said_and_never_rated(release: Release) -> None:
    page = build(context(release))
    assert page.headline == "1 of 1 rated account manager meets expectations or better."
    assert texts(panel(page, "league"))[1][2] == "Not rated: too little data (coverage 30 %)"
    card = build(context(release, "?am=a2"))
    assert plain(card.headline) == "Bob <b> is not rated: too little data (coverage 30 %)."
    assert card.tiles[0].band == ""


def test_the_parts_of_a_bar_add_up_to_the_score(release: Release) -> None:
    figure = panel(build(context(release)), "points").figure
    assert figure is not None
    *parts, missing = checked(figure).data
    assert [round(sum(part.x[row] for part in parts), 4) for row in (0, 1)] == [75.0, 100.0]
    assert [round(missing.x[row], 4) for row in (0, 1)] == [25.0, 0.0]


def test_attainment_is_on_one_scale_and_what_is_not_measured_says_so(release: Release) -> None:
    figure = panel(build(context(release)), "attainment").figure
    assert figure is not None
    nrr, _, labels = checked(figure).data[:3]
    assert [round(x, 4) for x in nrr.x] == [0.8, 0.0]
    assert [plain(text) for text in labels.text] == ["88.0 %", "n/a"]
    assert len({tuple(checked(figure).layout[axis].range) for axis in ("xaxis", "xaxis2", "xaxis3")}) == 1


def test_handover_fair_stands_beside_plain_nrr(release: Release) -> None:
    fair = panel(build(context(release)), "fair")
    assert fair.title == "Judged by what they owned at the time, Ann is 10.0 points higher."
    assert texts(fair) == [["Ann", "88.0 %", "98.0 %", "1,000.00", "400.00", "10"]]


def test_load_is_held_against_the_ranges_of_the_month(release: Release) -> None:
    load = panel(build(context(release)), "load")
    assert load.title == "1 of 2 hold more ARR than the range of 100–200 USD."
    assert load.table is not None
    assert [plain(heading) for heading in load.table.headings][1] == "Clients (30–50)"
    assert plain(load.table.headings[-1]) == "Upsell coverage (3 × or more)"
    ann = load.table.rows[0]
    assert [cell.mark for cell in ann[1:]] == ["▼", "▼", "▼", "▼", "▲", "▲", "●"]


def test_a_lower_is_better_key_result_says_so(release: Release) -> None:
    okrs = panel(build(context(release, "?am=a1")), "okrs")
    assert okrs.title == "1 of 2 key results of Q3 2026 is reached."
    assert texts(okrs)[0] == ["Logo churn", "80.0 %", "10.0 %", "at most 8 %", "Keep <i>them</i>"]


def test_a_card_names_the_metric_that_costs_most(release: Release) -> None:
    page = build(context(release, "?am=a1"))
    # NRR and NPS both lose 0.1 of 0.8 measured; the heavier weight goes first.
    assert plain(page.headline) == ("Ann meets expectations with 75.0 of 100 points; NRR costs the most, 12.5 points.")
    assert plain(panel(page, "points").title) == "15.0 points are missing to “exceeds”."
    points = panel(page, "points")
    assert plain(points.remark) == "Score 75.0 = 60.0 points / 80 % measured. Without data: QBRs held."
    assert points.table is not None and plain(points.table.total[-1].text) == "60.0"  # 40 + 20, the rows above it
    assert page.tiles[0].href == "/explain/scorecard_score?month=2026-09&am=a1"


def test_promotion_is_for_those_who_may_see_it(release: Release) -> None:
    assert panel(build(context(release)), "promotion").title == "Nobody meets all 2 criteria; Ann meets 1."
    assert panel(build(context(release, principal=DIRECTOR)), "promotion").key == "promotion"
    own = build(context(release, principal=ANN))
    assert "promotion" not in [each.key for each in own.panels]
    assert "promotion" not in repr(own).lower()


def test_an_account_manager_sees_the_own_card_and_nobody_elses(tmp_path: Path) -> None:
    with staffed(tmp_path, principal=ANN) as release:
        own, foreign = (build(context(release, query, ANN)) for query in ("", "?am=a2"))
    assert own.title == "Ann" and [choice.name for choice in own.choices] == ["month"]
    assert foreign.headline == "There is no such account manager."
    assert "Bob" not in repr(own) + repr(foreign)


def test_an_unknown_manager_and_one_without_a_card_are_told_apart(release: Release) -> None:
    assert build(context(release, "?am=nobody")).headline == "There is no such account manager."
    gone = build(context(release, "?am=a3"))
    assert gone.headline == "There is no scorecard of Cy for Sep 26." and not gone.panels


def test_a_segment_that_has_no_scorecards_is_told(release: Release) -> None:
    assert "not by tier" in build(context(release, "?tier=growth")).notice


def test_an_open_month_says_that_its_figures_may_change(release: Release) -> None:
    page = build(context(release))
    assert "Sep 26 is not closed" in page.subtitle
    assert "closed" not in [each.key for each in page.panels]


def test_a_closed_month_shows_what_was_paid_under_its_last_label(tmp_path: Path) -> None:
    with staffed(tmp_path, CLOSED) as release:
        league, card = build(context(release)), build(context(release, "?am=a1"))
    assert "closed as “paid” on 5 Oct 2026" in league.subtitle
    assert panel(league, "closed").title == "1 score of Sep 26 differs now from what was paid."
    assert texts(panel(league, "closed"))[0][:4] == ["Ann", "80.0", "75.0", "-5.0"]
    assert [row[:4] for row in texts(panel(card, "closed"))] == [
        ["Net promoter score", "20.0", "20.0", "0.0"],
        ["Net revenue retention, constant currency", "45.0", "40.0", "-5.0"],
        ["Score", "80.0", "75.0", "-5.0"],
    ]


def test_a_release_without_a_month_says_what_is_missing(tmp_path: Path) -> None:
    with staffed(tmp_path, "delete from marts.rpt_arr_waterfall;") as release:
        page = build(context(release))
    assert "tenure refresh" in page.empty


@pytest.mark.parametrize("query", ["", "?am=a1", "?am=a2"])
def test_figures_are_valid_plotly_in_theme_colours_with_harmless_text(release: Release, query: str) -> None:
    page = build(context(release, query, LEADERSHIP))
    figures = [figure for each in page.panels for figure in (each.figure, each.narrow) if figure is not None]
    assert figures
    for figure in figures:
        drawn = checked(figure).to_json()
        assert "<b>Bob" not in drawn and "Bob <b>" not in drawn and "<i>them" not in drawn
        known = {theme.colour(name) for name in theme.TOKENS} | {"rgba(0,0,0,0)"}
        assert {*_colours(figure.data), *_colours(figure.layout)} <= known


def _colours(value: object, key: str = "") -> list[str]:
    if isinstance(value, dict):
        return [found for name, part in value.items() for found in _colours(part, name)]
    if isinstance(value, list | tuple):
        return [found for part in value for found in _colours(part, key)]
    return [value] if isinstance(value, str) and key in ("color", "bgcolor", "bordercolor", "fillcolor") else []
