"""Health, satisfaction, service levels, renewals, pipeline and scorecards: every level ties to the mart above it."""

import csv
import io
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.explain.answer import Explanation, Section
from pipelines.explain.catalogue import METRICS, SERVICE_METRICS
from pipelines.explain.engine import explain
from pipelines.explain.events import SOURCES
from pipelines.explain.export import as_csv, as_json
from pipelines.explain.health_rows import EVIDENCE
from pipelines.explain.question import Question
from pipelines.explain.reader import read
from pipelines.explain.terminal import as_text
from pipelines.serving.release import Release, open_release

FILELESS = {"qbrs", "touchpoints", "client_health", "account_plans", "support_coverage"}


def month_of(row: dict[str, Any]) -> str:
    return f"{row['month']:%Y-%m}"


def asked(row: dict[str, Any], name: str) -> Question:
    """The question after a row of a mart with `month` and `am_id`, of which 'company' is the company."""
    if row["am_id"] == "company":
        return Question(name, month_of(row), top=3)
    return Question(name, month_of(row), "am", row["am_id"], top=3)


def total_of(section: Section) -> dict[str, Any]:
    """The total row, once the rows above it were found to add up to it."""
    *rows, total = section.rows
    assert total.kind == "total"
    for key, value in total.values.items():
        if isinstance(value, int | Decimal):
            assert sum((row.values[key] or 0 for row in rows if key in row.values), 0) == value, key
    return total.values


def assert_from_files(section: Section) -> None:
    for row in section.rows:
        if row.kind == "row":
            assert row.values["file_name"].endswith(".csv") and row.values["line_number"] > 0


def test_the_catalogue_has_every_published_number(service: Release) -> None:
    kpis = {row["kpi"] for row in read(service, "select distinct kpi from marts.rpt_kpis")}
    assert kpis == {metric.name for metric in SERVICE_METRICS if metric.table == "marts.rpt_kpis"}
    scorecard = {row["metric"] for row in read(service, "select metric from policy.scorecard_weights")}
    targets = {row["kpi"] for row in read(service, "select kpi from policy.kpi_targets")}
    assert scorecard | targets <= set(METRICS)
    assert len(METRICS) == len({metric.name for metric in METRICS.values()})


def test_every_kpi_ties_from_its_rows_to_the_mart(service: Release) -> None:
    rows = read(
        service,
        """select * from (
            select *, dense_rank() over (partition by kpi order by month desc) as age from marts.rpt_kpis
        ) as aged where age <= 2""",
    )
    assert len({row["kpi"] for row in rows}) == 26
    for row in rows:
        answer = explain(service, asked(row, row["kpi"]))
        assert answer.value == row["value"], row
        if row["kpi"] == "kpi_attainment_rate":
            assert len(answer.section("kpis").rows) == row["denominator"]
            continue
        events = answer.section("events")
        assert total_of(events)["numerator"] == total_of(answer.section("clients"))["numerator"] == row["numerator"]
        assert total_of(events)["denominator"] == row["denominator"]
        if events.rows[0].values["entity"] in SOURCES:
            assert_from_files(events)
        else:
            assert events.rows[0].values["entity"] in FILELESS


def days(service: Release) -> list[dict[str, Any]]:
    return read(
        service,
        """select * from marts.fct_client_health where as_of_on in (
            select as_of_on from marts.fct_client_health group by as_of_on order by as_of_on desc limit 2
        )""",
    )


def health_of(service: Release, row: dict[str, Any]) -> Explanation:
    month = month_of(row) if row["is_month_end"] else None
    return explain(
        service, Question("health_score", month, client=row["client_id"], is_as_of_run=not row["is_month_end"])
    )


def test_a_health_score_shows_its_points_and_every_row_behind_them(service: Release) -> None:
    rows = days(service)
    assert {row["is_month_end"] for row in rows} == {True, False}
    for row in rows:
        answer = health_of(service, row)
        assert answer.value == row["health_score"]
        total = total_of(answer.section("components"))
        assert (total["points"], total["available"]) == (row["earned_points"], row["available_points"])
        for component in answer.section("components").rows[:-1]:
            assert (component.values["points"] is None) == (component.values["not_scored_reason"] is not None)
            assert component.values["points"] == row[f"{component.values['component']}_points"]
        names = {section.name for section in answer.sections}
        for evidence in EVIDENCE:
            if evidence.name in names:
                total_of(answer.section(evidence.name))
                assert_from_files(answer.section(evidence.name))


def test_ways_up_reach_a_band_above(service: Release) -> None:
    order = ["unknown", "red", "yellow", "green"]
    seen = set()
    for row in days(service):
        answer = health_of(service, row)
        band = row["health_band"]
        if band == "green":
            assert "ways" not in {section.name for section in answer.sections}
            continue
        for way in answer.section("ways").rows:
            seen.add(band)
            assert order.index(way.values["band_then"]) > order.index(band)
            assert way.values["points_then"] > (way.values["points_now"] or 0)
            assert "now" in way.values["needs"] or "not measured" in way.values["needs"]
    assert seen == {"unknown", "red", "yellow"}


def test_company_health_has_the_bands_with_their_arr(service: Release) -> None:
    day = read(service, "select as_of_on, last_month from staging.stg_run")[0]
    answer = explain(service, Question("health_score", is_as_of_run=True))
    clients, arr = read(
        service,
        """select count(*) as n, sum(arr.arr_cc) as arr from marts.fct_client_health as health
        inner join intermediate.int_arr__by_client_and_month as arr
            on arr.client_id = health.client_id and arr.month = health.month where as_of_on = $day""",
        day=day["as_of_on"],
    )[0].values()
    total = total_of(answer.section("bands"))
    assert (total["clients"], total["arr_cc"]) == (clients, arr)
    shares = [row.values["share_rate"] for row in answer.section("bands").rows[:3]]
    assert abs(sum(shares) - 1) < Decimal("0.000001")


def test_a_scorecard_adds_up_and_every_command_in_it_works(service: Release) -> None:
    ratings = read(service, "select * from marts.rpt_scorecard_ratings order by month desc, am_id limit 12")
    for rating in ratings:
        answer = explain(service, Question("scorecard_score", month_of(rating), value=rating["am_id"]))
        assert answer.value == rating["score"]
        total = total_of(answer.section("metrics"))
        assert total["weight"] == rating["coverage_rate"]
        assert sum(row.kind == "row" for row in answer.section("metrics").rows) == 6
    for row in answer.section("deeper").rows:
        words = str(row.values["command"]).split()
        options = dict(zip(words[3::2], words[4::2], strict=True))
        window = int(options["--window"]) if "--window" in options else None
        deeper = explain(service, Question(words[2], options["--month"], "am", options["--value"], window))
        assert deeper.value == row.values["value"], row


def test_an_nps_ties_and_names_nobody(service: Release) -> None:
    people = read(service, "select distinct respondent_id from staging.stg_nps_responses")
    rows = read(
        service,
        """select *, cast(period_start + to_months(case period_kind when 'quarter' then 2 else 11 end) as date) as month
        from marts.rpt_nps where segment in ('company', 'am') order by period_start desc, segment_value limit 30""",
    )
    for row in rows:
        window = 3 if row["period_kind"] == "quarter" else 12
        answer = explain(service, Question("nps", month_of(row), row["segment"], row["segment_value"], window))
        assert answer.value == row["nps"]
        assert total_of(answer.section("responses"))["responses"] == row["responses"]
        told = as_json(answer)
        assert not [person for person in people if f'"{person["respondent_id"]}"' in told]
    quarter = next(row for row in rows if row["period_kind"] == "quarter")["month"]
    same = explain(service, Question("nps", quarter=f"{quarter:%Y}-Q{quarter.month // 3}"))
    assert (same.month, same.window_months) == (quarter, 3)


@pytest.mark.parametrize("name", ["upsell_coverage", "quota_attainment_rate"])
def test_pipeline_numbers_tie_to_their_opportunities(service: Release, name: str) -> None:
    part = METRICS[name].shown[0]
    for row in read(service, "select * from marts.rpt_portfolios order by month desc limit 12"):
        answer = explain(service, Question(name, month_of(row), value=row["am_id"]))
        assert answer.value == row[name]
        assert total_of(answer.section("opportunities"))["amount_cc"] == row[part]
        assert_from_files(answer.section("opportunities"))


def test_a_renewal_shows_its_contracts_and_what_covers_them(service: Release) -> None:
    rows = read(service, "select client_id, renewal_status from marts.fct_renewals")
    assert explain(service, Question("renewal_status")).value == len(rows)
    for row in rows:
        answer = explain(service, Question("renewal_status", client=row["client_id"]))
        assert_from_files(answer.section("contracts"))
        is_covered = any(deal.values["covers"] for deal in answer.section("opportunities").rows)
        assert is_covered == (row["renewal_status"] == "covered")


def test_a_wrong_table_is_refused(service_folder: Path, tmp_path: Path) -> None:
    """An answer whose levels do not tie is worse than none."""
    shutil.copy(service_folder / "warehouse.duckdb", tmp_path)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("update marts.rpt_kpis set value = value + 1")
        connection.execute("update marts.rpt_scorecard_ratings set score = score + 1")
        connection.execute("update marts.fct_client_health set earned_points = earned_points + 1")
        client = connection.execute("select client_id from marts.fct_client_health order by 1 desc").fetchall()[0][0]
        am = connection.execute("select am_id from marts.rpt_scorecard_ratings order by month desc").fetchall()[0][0]
    with open_release(tmp_path) as release:
        for question in (
            Question("touchpoint_rate"),
            Question("kpi_attainment_rate"),
            Question("scorecard_score", value=am),
            Question("health_score", client=client, is_as_of_run=True),
        ):
            with pytest.raises(RuntimeError, match=r"above them stands|published is"):
                explain(release, question)


@pytest.mark.parametrize(
    ("question", "what"),
    [
        (Question("nps", quarter="2025-Q5"), "'2025-Q5' is no quarter"),
        (Question("nps", month="2025-01", quarter="2025-Q1"), "--month and --quarter exclude each other"),
        (Question("nps", month="2024-11"), "there is no nps over 3 months for 2024-11"),
        (Question("green_rate", is_as_of_run=True), "green_rate is a number of complete months"),
        (Question("scorecard_score", segment="tier", value="growth"), "scorecard_score is not told by tier"),
        (Question("scorecard_score", client="C1"), "scorecard_score is not told by client"),
        (Question("health_scor"), "there is no metric 'health_scor'"),
        (Question("csat_mean", window=3), "has no window"),
    ],
)
def test_what_cannot_be_asked_gets_a_clear_message(service: Release, question: Question, what: str) -> None:
    with pytest.raises(UserError) as told:
        explain(service, question)
    assert what in str(told.value)


def test_a_client_without_arr_has_no_score_and_says_why(service: Release) -> None:
    absent = read(
        service,
        """select client_id from intermediate.int_clients where client_id not in (
            select client_id from marts.fct_client_health where is_month_end
            and month = (select last_month from staging.stg_run)) limit 1""",
    )[0]["client_id"]
    answer = explain(service, Question("health_score", client=absent))
    assert answer.value is None
    assert "n/a because" in as_text(answer) and "had no ARR" in as_text(answer)


def test_a_scorecard_without_an_account_manager_says_whose_it_needs(service: Release) -> None:
    answer = explain(service, Question("scorecard_score"))
    assert "account managers only; add --segment am" in str(answer.reason)


def test_a_health_score_can_be_read_by_programs(service: Release) -> None:
    answer = health_of(service, days(service)[0])
    told = json.loads(as_json(answer))
    assert {"score", "components", "measures"} <= set(told["sections"])
    header, *rows = csv.reader(io.StringIO(as_csv(answer)))
    assert header[:3] == ["row_kind", "component", "label"]
    assert [row[0] for row in rows] == ["row"] * 6 + ["total"]
