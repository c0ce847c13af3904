"""A metric by dimension and month is what the mart holds, with the policy's target; what is not there says why."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import UserError
from pipelines.explain.catalogue import windows
from pipelines.explain.entries import Entry, catalogue
from pipelines.explain.reader import read
from pipelines.metrics.question import Question
from pipelines.metrics.targets import Mark
from pipelines.metrics.values import NOTHING, Answer, ask
from pipelines.serving.principal import Principal, Role
from pipelines.serving.release import Release, open_release

ENTRIES = list(catalogue().entries.values())
LONG = 240


def by_key(answer: Answer) -> dict[tuple[Any, ...], Any]:
    return {(figure.month, *figure.keys): figure.value for figure in answer.figures}


def rows(release: Release, sql: str) -> dict[tuple[Any, ...], Any]:
    """The last column by all columns before it."""
    return {tuple(row)[:-1]: tuple(row)[-1] for row in release.connection.execute(sql).fetchall()}


def segmented(entry: Entry, segment: str, window: int | None) -> str:
    """What a table of segments holds of it, written by hand."""
    condition = f" and window_months = {window}" if window else f" and basis = '{entry.basis}'"
    value = "" if segment == "company" else ", segment_value"
    return f"select month{value}, {entry.column} from {entry.table} where segment = '{segment}'{condition}"


SEGMENTED = [
    (entry, segment, window)
    for entry in ENTRIES
    if entry.table in ("marts.rpt_retention", "marts.rpt_arr_waterfall")
    for segment in (*(["company"] if entry.has_company else []), *entry.dimensions)
    if segment in entry.source.segments
    for window in windows(entry) or (None,)
]


@pytest.mark.parametrize(
    ("entry", "segment", "window"), SEGMENTED, ids=[f"{e.name}-{s}-{w or ''}" for e, s, w in SEGMENTED]
)
def test_every_row_of_the_segments_is_told_as_it_stands(
    release: Release, entry: Entry, segment: str, window: int | None
) -> None:
    by = () if segment == "company" else (segment,)
    told = by_key(ask(release, Question(entry.name, by, last=LONG, window=window)))
    published = rows(release, segmented(entry, segment, window))
    assert published and published == {key: told[key] for key in published}
    assert [key for key in told if key not in published and told[key] is not None] == []


def test_kpis_are_told_as_they_stand_with_their_targets(release: Release) -> None:
    for entry in ENTRIES:
        if entry.table != "marts.rpt_kpis":
            continue
        for by, owner in (((), "am_id = 'company'"), (("am",), "am_id <> 'company'")):
            key = "month, am_id" if by else "month"
            published = read(release, f"select *, {key} from {entry.table} where kpi = '{entry.name}' and {owner}")
            if not published:
                continue
            told = {(f.month, *f.keys): f for f in ask(release, Question(entry.name, by, last=LONG)).figures}
            for row in published:
                figure = told.pop((row["month"], *([row["am_id"]] if by else [])))
                assert figure.value == row["value"]
                assert (figure.verdict.target.lower if figure.verdict.target else None) == row["target"]
                assert figure.verdict.status == {True: "met", False: "missed", None: None}[row["is_met"]]
            assert {figure.value for figure in told.values()} <= {None}


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (Question("nps", ("client",)), "select period_start + interval 2 month, segment_value, nps from marts.rpt_nps "
         "where period_kind = 'quarter' and segment = 'client'"),
        (Question("nps", window=12), "select period_start + interval 11 month, nps from marts.rpt_nps "
         "where period_kind = 't12m' and segment = 'company'"),
        (Question("csat_mean", ("client",)), "select month, segment_value, csat_mean from marts.rpt_csat "
         "where segment = 'client'"),
        (Question("clients", ("am",)), "select month, am_id, clients from marts.rpt_portfolios"),
        (Question("health_score", ("client",)), "select month, client_id, health_score from marts.fct_client_health "
         "where is_month_end"),
        (Question("scorecard_points", ("am", "measure")),
         "select month, am_id, metric, points from marts.rpt_scorecard"),
        (Question("scorecard_score", ("am",)), "select month, am_id, score from marts.rpt_scorecard_ratings"),
        (Question("revenue_cc"), "select month, sum(revenue_cc) from marts.fct_revenue group by 1"),
        (Question("revenue_cc", ("region", "revenue_type")), "select month, coalesce(region, 'unknown'), revenue_type, "
         "sum(revenue_cc) from marts.fct_revenue inner join marts.dim_clients using (client_id) group by all"),
        (Question("arr_reported", ("client",)),
         "select month, client_id, sum(arr_reported) from marts.fct_arr group by all"),
        (Question("churned_arr_cc", ("churn_category",)), "select month, churn_category, sum(churned_arr_cc) "
         "from marts.fct_churn group by all"),
        (Question("wallet_share_rate", ("client",)), "select month, client_id, wallet_share_rate "
         "from marts.rpt_client_economics"),
        (Question("okr_progress", ("am", "objective", "measure")), "select quarter_start + interval 2 month, am_id, "
         "coalesce(objective, 'none'), metric, progress from marts.rpt_okrs"),
        (Question("oldest_open_action_item_days", ("am",)), "select quarter_start + interval 2 month, am_id, "
         "oldest_open_days from marts.rpt_action_registry"),
    ],
    ids=lambda value: f"{value.metric}-{'-'.join(value.by)}" if isinstance(value, Question) else "",
)  # fmt: skip
def test_every_kind_of_table_is_told_as_it_stands(release: Release, question: Question, sql: str) -> None:
    told = by_key(ask(release, Question(question.metric, question.by, last=LONG, window=question.window)))
    published = {
        (key[0].date() if isinstance(key[0], dt.datetime) else key[0], *key[1:]): value
        for key, value in rows(release, sql).items()
    }
    assert published and published == {key: told[key] for key in published}
    assert {value for key, value in told.items() if key not in published} <= {None, NOTHING}


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (Question("renewal_status", ("renewal_status",)),
         "select renewal_status, count(*) from marts.fct_renewals group by 1"),
        (Question("renewal_value_cc"), "select sum(value_cc) from marts.fct_renewals"),
        (Question("months_in_role", ("am",)), "select am_id, value from marts.rpt_promotion_readiness "
         "where criterion = 'months_in_role'"),
        (Question("renewal_rate", ("tier", "health_band")), "select tier, health_band, renewal_rate "
         "from marts.rpt_renewal_forecast"),
        (Question("tier", ("tier",)), "select tier, count(first_revenue_month) from marts.dim_clients group by 1"),
        (Question("white_space_cells"), "select count(*) from marts.rpt_white_space where not has_revenue"),
        (Question("single_contact_clients"), "select count(*) from marts.rpt_relationships where is_single_contact"),
    ],
    ids=lambda value: value.metric if isinstance(value, Question) else "",
)  # fmt: skip
def test_what_is_known_as_of_the_release_only(release: Release, question: Question, sql: str) -> None:
    answer = ask(release, question)
    assert answer.months == [] and {figure.month for figure in answer.figures} == {None}
    assert {figure.keys: figure.value for figure in answer.figures} == rows(release, sql)


def test_a_condition_narrows_to_the_same_rows(release: Release) -> None:
    clients = read(release, "select client_id, coalesce(region, 'unknown') as region from marts.dim_clients")
    region = Counter(row["region"] for row in clients).most_common(1)[0][0]
    whole = by_key(ask(release, Question("health_score", ("client",), last=LONG)))
    part = by_key(ask(release, Question("health_score", ("client",), (f"region={region}",), last=LONG)))
    own = {row["client_id"] for row in clients if row["region"] == region}
    assert part and {key for key in whole if key[1] in own} == set(part)
    assert all(whole[key] == value for key, value in part.items())


def test_the_twin_on_the_other_basis(release: Release) -> None:
    assert ask(release, Question("nrr_cc", basis="reported")).entry.name == "nrr_reported"
    told = by_key(ask(release, Question("new_arr", basis="reported", last=LONG)))
    sql = "select month, new_arr from marts.rpt_arr_waterfall where basis = 'reported' and segment = 'company'"
    assert told == rows(release, sql)


def test_a_null_is_no_nought_and_says_why(release: Release) -> None:
    answer = ask(release, Question("surprise_churn_rate", ("am",), last=LONG))
    unknown = [figure for figure in answer.figures if figure.value is None]
    assert unknown and {figure.reason for figure in unknown} == {"no ARR was lost in the window"}
    assert all(figure.reason is None for figure in answer.figures if figure.value is not None)


def test_a_month_in_which_nothing_of_the_kind_fell_is_told_as_unknown(release: Release) -> None:
    answer = ask(release, Question("escalation_resolution_rate", ("am",), last=LONG))
    published = read(release, "select count(*) as n from marts.rpt_kpis where kpi = 'escalation_resolution_rate'")
    assert len(answer.figures) > published[0]["n"] > 0
    assert {figure.reason for figure in answer.figures} == {None, "nothing of the kind fell into the month"}


def test_a_month_without_a_churn_is_a_known_nought(release: Release) -> None:
    answer = ask(release, Question("churned_arr_cc", last=LONG))
    assert Decimal("0.00") in {figure.value for figure in answer.figures}
    assert sum(f.value for f in answer.figures) == rows(release, "select sum(churned_arr_cc) from marts.fct_churn")[()]


def test_bands_are_those_of_the_month_and_of_twelve_months_only(release: Release) -> None:
    [figure] = ask(release, Question("grr_cc")).figures
    bands = read(release, "select * from policy.retention_bands where metric = 'grr'")
    for band in bands:
        above = band["lower_bound"] is None or figure.value >= band["lower_bound"]
        below = band["upper_bound"] is None or figure.value <= band["upper_bound"]
        is_edge = figure.value in (band["lower_bound"], band["upper_bound"])
        assert is_edge or (above and below) == (figure.verdict.status == band["band"])
    assert figure.verdict.target.lower == Decimal("0.95")
    [short] = ask(release, Question("grr_cc", window=3)).figures
    assert short.verdict.target is None and short.verdict.status is None


@pytest.mark.parametrize(
    ("name", "by", "table", "status", "met"),
    [
        ("nps", ("am",), "marts.rpt_nps", "nps_band", {"excellent"}),
        ("scorecard_score", ("am",), "marts.rpt_scorecard_ratings", "rating", {"exceeds", "meets"}),
        ("health_score", ("client",), "marts.fct_client_health", "health_band", {"green"}),
        ("top_10_rate", ("am",), "marts.rpt_portfolios", "top_10_rate_range", {"within"}),
    ],
)
def test_a_verdict_is_the_marts_own(
    release: Release, name: str, by: tuple[str, ...], table: str, status: str, met: set[str]
) -> None:
    figures = [figure for figure in ask(release, Question(name, by, last=LONG)).figures if figure.value is not None]
    words = {row[status] for row in read(release, f"select distinct {status} from {table}")}
    assert {figure.verdict.status for figure in figures} <= words
    judged = [figure for figure in figures if figure.verdict.status not in (None, "unknown", "not_rated")]
    assert judged
    assert all((figure.verdict.mark is Mark.MET) == (figure.verdict.status in met) for figure in judged)


def test_a_ceiling_is_met_from_below(release: Release) -> None:
    figures = ask(release, Question("voluntary_churn_clients", ("am",))).figures
    assert {(figure.verdict.target.lower, figure.verdict.target.upper) for figure in figures} == {(None, Decimal(0))}
    assert all((figure.value == 0) == (figure.verdict.status == "met") for figure in figures)


@pytest.mark.parametrize(
    ("question", "what", "do"),
    [
        (Question("nrr"), "there is no metric 'nrr'", "did you mean"),
        (Question("nrr_c"), "there is no metric 'nrr_c'", "nrr_cc"),
        (Question("nrr_cc", ("client",)), "cannot be cut by client", "am, tier, region, industry, currency"),
        (Question("nrr_cc", (), ("client=x",)), "cannot be narrowed to one client", "--by can be"),
        (Question("nrr_cc", ("am", "region")), "by one thing at a time, not by am and region", "--by can be"),
        (Question("nrr_cc", ("am",), ("am=x",)), "am is both", "leave it out"),
        (Question("clients"), "no figure of the whole company", "--by can be am"),
        (Question("scorecard_points", ("am",)), "by am and measure together, not by am alone", "--by am --by measure"),
        (Question("okr_progress", ("am", "measure")), "by am, objective and measure together", "--by objective"),
        (Question("nrr_cc", (), ("region",)), "'region' is no condition", "region=EMEA"),
        (Question("nrr_cc", (), ("tier=tail", "tier=growth")), "names one thing twice", "--by"),
        (Question("nrr_cc", (), ("tier=gold",)), "there is no tier 'gold'", "it can be"),
        (Question("nrr_cc", (), ("tier=' or 1=1 --",)), "there is no tier '' or 1=1 --'", "it can be"),
        (Question("nrr_cc", month="2026-13"), "'2026-13' is no month", "2026-09"),
        (Question("nrr_cc", month="2031-01"), "there is no nrr_cc for 2031-01", "ask for"),
        (Question("qbr_completion_rate", month="2024-05"), "at the ends of quarters", "2024-03 or 2024-06"),
        (Question("nrr_cc", last=0), "--last must be 1 to", "--last 12"),
        (Question("nrr_cc", window=6), "no window of 6 months", "1, 3, 12"),
        (Question("green_rate", window=3), "has no window", "leave --window out"),
        (Question("nrr_cc", basis="usd"), "there is no basis 'usd'", "cc (constant currency) or reported"),
        (Question("expansion_cc", basis="reported"), "it is cc only", "leave --basis out"),
        (Question("nps", basis="cc"), "it is no amount of money", "leave --basis out"),
        (Question("renewal_value_cc", last=3), "as of the release only", "leave --month and --last out"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named_with_what_is(release: Release, question: Question, what: str, do: str) -> None:
    with pytest.raises(UserError) as error:
        ask(release, question)
    assert what in error.value.what
    assert do in (error.value.do or "")


def limited(folder: Path, am_ids: set[str], role: Role = Role.ACCOUNT_MANAGER) -> Release:
    return open_release(folder, Principal("Ann", role, frozenset(am_ids)))


@pytest.fixture(scope="module")
def am(release: Release) -> str:
    """An account manager with clients, beside whom there is another."""
    found = read(release, "select am_id, count(*) as n from marts.dim_clients where am_id is not null group by 1")
    assert len(found) > 1
    return max(found, key=lambda row: row["n"])["am_id"]


def test_an_account_manager_sees_the_own_figures_and_no_others(folder: Path, release: Release, am: str) -> None:
    clients = {
        row["client_id"] for row in read(release, f"select client_id from marts.dim_clients where am_id = '{am}'")
    }
    with limited(folder, {am}) as own:
        for name in ("nrr_cc", "arr_cc", "green_rate", "nps", "clients", "scorecard_score"):
            whole = by_key(ask(release, Question(name, ("am",), last=LONG)))
            told = by_key(ask(own, Question(name, ("am",), last=LONG)))
            assert {key[1] for key in told} == {am}
            assert all(whole[key] == value for key, value in told.items())
            # Without a dimension it is the own portfolio, never the company.
            assert {key[1:] for key in by_key(ask(own, Question(name, last=LONG)))} == {(am,)}
        for name in ("revenue_cc", "health_score", "churned_arr_cc", "renewal_value_cc", "white_space_cells"):
            question = Question(
                name, ("client",), last=None if name in ("renewal_value_cc", "white_space_cells") else LONG
            )
            if name == "churned_arr_cc" and not own.rows("select 1 from marts.fct_churn").height:
                continue
            assert {key[1] for key in by_key(ask(own, question))} <= clients


def test_a_sum_of_the_own_clients_is_called_so(folder: Path, release: Release, am: str) -> None:
    with limited(folder, {am}) as own:
        answer = ask(own, Question("revenue_cc"))
        assert answer.whose == "the clients of Ann"
        [figure] = answer.figures
    sql = f"""select sum(revenue_cc) from marts.fct_revenue inner join marts.dim_clients using (client_id)
        where am_id = '{am}' and month = (select max(month) from marts.fct_revenue)"""
    assert figure.value == rows(release, sql)[()]


@pytest.mark.parametrize(
    "question",
    [
        Question("nrr_cc", ("region",)),
        Question("health_auc"),
        Question("margin_rate", ("client",)),
        Question("months_in_role", ("am",)),
        Question("renewal_rate", ("tier", "health_band")),
        Question("nrr_cc", (), ("am=somebody",)),
    ],
    ids=lambda question: question.metric,
)
def test_what_is_not_the_readers_to_see_is_refused_and_never_called_unknown(
    folder: Path, am: str, question: Question
) -> None:
    with limited(folder, {am}) as own, pytest.raises(UserError) as error:
        ask(own, question)
    assert "yours to see" in error.value.what or "there is no am 'somebody'" in error.value.what
    assert am not in str(error.value) or "somebody" in error.value.what


def test_an_owner_who_is_not_the_readers_is_not_called_nobody(folder: Path, release: Release, am: str) -> None:
    others = read(release, "select distinct am_id from marts.fct_churn where am_id is not null")
    for row in others:
        with limited(folder, {row["am_id"]}) as own:
            labels = {figure.labels for figure in ask(own, Question("renewal_value_cc", ("am",))).figures}
            assert ("nobody",) not in labels


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_cut_of_every_metric_is_answered_or_refused_in_words(release: Release, entry: Entry) -> None:
    for by in ((), *((name,) for name in entry.dimensions), entry.dimensions):
        try:
            answer = ask(release, Question(entry.name, by))
        except UserError as error:
            assert error.do
        else:
            assert all((figure.value is None) == bool(figure.reason) for figure in answer.figures)
