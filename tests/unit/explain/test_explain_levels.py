"""Every level of an explanation adds up to the one above, and the first is what the marts publish."""

import datetime as dt
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from pipelines.explain import arr, revenue
from pipelines.explain.answer import Explanation, Section, Unit
from pipelines.explain.catalogue import METRICS, REVENUE_METRICS
from pipelines.explain.engine import explain
from pipelines.explain.metric import Metric
from pipelines.explain.question import SEGMENT_VALUES, Question
from pipelines.explain.reader import read
from pipelines.explain.relations import RETENTION, SEGMENTS, WATERFALL
from pipelines.serving.release import Release

LAST = dt.date(2025, 12, 1)
CENT = Decimal("0.01")
NOT_METRICS = {"month", "window_months", "segment", "segment_value", "basis"}


def values_of(release: Release, segment: str) -> list[str]:
    return [row["value"] for row in read(release, SEGMENT_VALUES[segment])]


def published(release: Release, metric: Metric, answer: Explanation) -> dict[str, Any] | None:
    assert metric.relation.published is not None
    rows = read(
        release,
        metric.relation.published,
        month=answer.month,
        window=answer.window_months,
        segment=answer.segment,
        segment_value=answer.segment_value,
    )
    return rows[0] if rows else None


def assert_clients_add_up(answer: Explanation, metric: Metric) -> None:
    """Listed clients and the rest give the total row, the total row the parts, the effects the number."""
    clients = answer.section("clients")
    *listed, total = clients.rows
    assert total.kind == "total"
    parts = {row.values["part"]: row.values["value"] for row in answer.section("parts").rows}
    for name in metric.shown:
        assert sum((row.values[name] for row in listed), Decimal(0)) == total.values[name] == parts[name], name
    if "effect_pp" in total.values:
        assert sum((row.values["effect_pp"] for row in listed), Decimal(0)) == total.values["effect_pp"]
        baseline = metric.ratios[0].baseline if len(metric.ratios) == 1 else 0
        in_points = answer.value if metric.unit is Unit.POINTS else 100 * (answer.value - baseline)
        assert total.values["effect_pp"] == in_points


# The sums of a window are parts of every retention rate, so the rates prove them for the other segments.
QUESTIONS = [
    (metric.name, segment)
    for metric in REVENUE_METRICS
    for segment in SEGMENTS
    if segment in ("company", metric.only_segment) or not (metric.total and metric.relation is RETENTION)
]


@pytest.mark.parametrize(("name", "segment"), QUESTIONS)
def test_clients_add_up_to_what_is_published(release: Release, name: str, segment: str) -> None:
    metric = METRICS[name]
    if metric.only_segment and segment != metric.only_segment:
        answer = explain(release, Question(name, segment=segment, value=values_of(release, segment)[0]))
        assert answer.value is None and "account managers only" in str(answer.reason)
        return
    for value in values_of(release, segment):
        answer = explain(release, Question(name, "2025-12", segment, value, top=3))
        assert_clients_add_up(answer, metric)
        if metric.relation in (RETENTION, WATERFALL) and (row := published(release, metric, answer)):
            for part in answer.section("parts").rows:
                if row.get(part.values["part"]) is not None:
                    assert part.values["value"] == row[part.values["part"]], part.values["part"]
            assert answer.value == row.get(metric.total or name)


def test_other_months_and_windows_add_up_too(release: Release) -> None:
    """The months with most handovers: there the transfer bar has something to close."""
    months = read(
        release,
        """select month from marts.rpt_arr_waterfall where segment = 'am' and basis = 'cc'
        group by month order by sum(abs(transfer_arr)) desc, month limit 2""",
    )
    for row in months:
        for value in values_of(release, "am"):
            for name in ("transfer_arr", "arr_reported", "churned_arr_cc", "expansion_types"):
                asked = Question(name, f"{row['month']:%Y-%m}", "am", value)
                assert_clients_add_up(explain(release, asked), METRICS[name])
            for window in (1, 3):
                asked = Question("nrr_cc", f"{row['month']:%Y-%m}", "am", value, window)
                assert_clients_add_up(explain(release, asked), METRICS["nrr_cc"])


def test_a_handover_fair_nrr_is_the_product_of_its_months(release: Release) -> None:
    answers = [
        explain(release, Question("handover_fair_nrr_cc", "2025-12", "am", value)) for value in values_of(release, "am")
    ]
    told = [answer for answer in answers if answer.value is not None]
    assert told
    for answer in told:
        months = answer.section("months").rows
        assert len(months) == 12
        product = Decimal(1)
        for month in months:
            product *= month.values["end_arr_cc"] / month.values["start_arr_cc"]
        assert abs(product - answer.value) < Decimal("0.0000001")
    assert all("owned no client" in str(answer.reason) for answer in answers if answer.value is None)


def clients_of(release: Release) -> list[str]:
    return [row["client_id"] for row in read(release, "select client_id from intermediate.int_clients order by 1")]


def sums(section: Section, column: str, *keys: str, without: tuple[str, ...] = ("total",)) -> dict[Any, Decimal]:
    found: dict[Any, Decimal] = defaultdict(lambda: Decimal(0))
    for row in section.rows:
        if row.kind not in without:
            found[tuple(row.values.get(key) for key in keys)] += row.values[column]
    return dict(found)


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def test_every_clients_arr_ties_from_lines_to_the_mart(release: Release) -> None:
    floored_month = read(
        release, "select min(month) as month from intermediate.int_arr__by_client_currency_and_month where is_floored"
    )[0]["month"]
    kinds: set[str] = set()
    for client_id in clients_of(release):
        found = {s.name: s for s in arr.at_month_ends(release, client_id, [floored_month, dt.date(2024, 12, 1), LAST])}
        ends = {row.values["month"]: row.values for row in found["ends"].rows}
        if "balances" not in found:
            assert all(end["arr_cc"] == end["arr_reported"] == 0 for end in ends.values())
            continue
        cell = ("month", "currency", *arr.CELL)
        lines = sums(found["lines"], "arr_local", *cell, without=("total", "rounding", "floor"))
        assert lines == sums(found["cells"], "arr_local", *cell)
        balances = sums(found["balances"], "arr_local", "month", "currency")
        assert sums(found["lines"], "arr_local", "month", "currency") == balances
        for row in found["balances"].rows:
            assert rounded(row.values["arr_local"] * row.values["rate_cc"]) == row.values["arr_cc"]
            if row.values["arr_local"]:
                assert rounded(row.values["arr_local"] * row.values["rate_reported"]) == row.values["arr_reported"]
        for row in found["lines"].rows:
            kinds.add(row.kind)
            assert row.kind != "rounding" or abs(row.values["arr_local"]) <= Decimal("0.005")
            assert row.kind != "floor" or row.values["arr_local"] > 0
            assert row.kind not in ("row", "provisional") or row.values["file_name"].endswith(".csv")
        mart = read(
            release,
            """select month, sum(arr_cc) as arr_cc, sum(arr_reported) as arr_reported from marts.fct_arr
            where client_id = $client group by month""",
            client=client_id,
        )
        by_month = {row["month"]: row for row in mart}
        for month, end in ends.items():
            expected = by_month.get(month, {"arr_cc": 0, "arr_reported": 0})
            assert (end["arr_cc"], end["arr_reported"]) == (expected["arr_cc"], expected["arr_reported"])
    assert kinds == {"row", "provisional", "rounding", "floor", "total"}  # the case has every kind of line


def test_every_clients_revenue_ties_from_lines_to_the_mart(release: Release) -> None:
    for client_id in clients_of(release):
        found = {s.name: s for s in revenue.recognised(release, client_id, dt.date(2025, 11, 1), LAST)}
        mart = read(
            release,
            """select coalesce(sum(revenue_cc), 0) as cc, coalesce(sum(revenue_reported), 0) as reported
            from marts.fct_revenue where client_id = $client and month >= date '2025-11-01'""",
            client=client_id,
        )[0]
        if not found:
            assert mart == {"cc": 0, "reported": 0}
            continue
        cell = ("month", "currency", *arr.CELL)
        lines = sums(found["lines"], "revenue_local", *cell)
        assert lines == sums(found["cells"], "revenue_local", *cell)
        for row in found["cells"].rows:
            if row.kind == "row":
                assert rounded(row.values["revenue_local"] * row.values["rate_cc"]) == row.values["revenue_cc"]
                assert (
                    rounded(row.values["revenue_local"] * row.values["rate_reported"]) == row.values["revenue_reported"]
                )
        total = found["cells"].rows[-1].values
        assert (total["revenue_cc"], total["revenue_reported"]) == (mart["cc"], mart["reported"])


@pytest.mark.parametrize("name", [metric.name for metric in REVENUE_METRICS])
def test_one_clients_share_is_its_own_row_and_the_rest_is_the_others(release: Release, name: str) -> None:
    metric = METRICS[name]
    segment, value = ("am", values_of(release, "am")[0]) if metric.only_segment else ("company", "all")
    everybody = explain(release, Question(name, "2025-12", segment, value, top=1000)).section("clients").rows
    # The last one listed moved the number least; any client will do, and this one has a rest of all the others.
    clients = [row.values["client_id"] for row in everybody if row.kind == "row"]
    if not clients:
        pytest.skip("nothing of the kind happened in the month")
    answer = explain(release, Question(name, "2025-12", segment, value, client=clients[-1]))
    own = [row for row in answer.section("clients").rows if row.kind == "row"]
    assert [row.values["client_id"] for row in own] == [clients[-1]]
    assert_clients_add_up(answer, metric)


def test_the_ends_of_a_client_are_those_of_its_row(release: Release) -> None:
    for client_id in clients_of(release):
        answer = explain(release, Question("nrr_cc", "2025-12", client=client_id))
        own = [row.values for row in answer.section("clients").rows if row.kind == "row"]
        start, end = (row.values["arr_cc"] for row in answer.section("ends").rows)
        assert own == [] or (own[0]["start_arr_cc"], own[0]["end_arr_cc"]) == (start, end)
        assert own or start == 0


def test_annual_revenue_is_what_the_tier_says(release: Release) -> None:
    for client_id in clients_of(release):
        answer = explain(release, Question("tier", "2025-12", client=client_id))
        own = [row.values for row in answer.section("clients").rows if row.kind == "row"]
        if own:
            tier = answer.section("tier").rows[0].values
            assert (tier["annual_revenue_cc"], tier["tier"]) == (own[0]["annual_revenue_cc"], own[0]["tier_name"])
            by_arr = tier["decided_by"].startswith("ARR")
            if not by_arr and "cells" not in {section.name for section in answer.sections}:
                assert tier["annual_revenue_cc"] == 0
                continue
            below = answer.section("ends").rows[0] if by_arr else answer.section("cells").rows[-1]
            assert below.values["arr_cc" if by_arr else "revenue_cc"] == tier["annual_revenue_cc"]


def test_the_growth_behind_expansion_types_is_scaled_to_the_net(release: Release) -> None:
    answer = explain(release, Question("expansion_types", "2025-12", top=1000))
    for row in answer.section("clients").rows[:-1]:
        client = str(row.values["client_id"])
        growth = explain(release, Question("expansion_types", "2025-12", client=client)).section("growth").rows[-1]
        assert growth.values["change_cc"] == row.values["change_cc"]


@pytest.mark.parametrize("table", ["rpt_retention", "rpt_arr_waterfall"])
def test_every_published_column_can_be_explained(release: Release, table: str) -> None:
    columns = read(
        release,
        """select column_name as name from information_schema.columns
        where table_schema = 'marts' and table_name = $table""",
        table=table,
    )
    assert {row["name"] for row in columns} - NOT_METRICS <= set(METRICS)
