"""The figures and the list of metrics as a person, a spreadsheet and a program get them."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.explain.answer import Unit
from pipelines.explain.engine import explain
from pipelines.explain.entries import catalogue
from pipelines.explain.question import Question as Asked
from pipelines.explain.terminal import as_text as explained_text
from pipelines.metrics.command import answered
from pipelines.metrics.listing import found, listed
from pipelines.metrics.question import Question
from pipelines.metrics.report import as_csv, as_json, as_text, checked
from pipelines.metrics.values import ask
from pipelines.serving.release import Release, open_release
from pipelines.settings import load_settings
from tests.small_company import environment, tenure

AMOUNT = re.compile(r"-?[\d,]+\.\d\d")


def test_the_definition_stands_above_the_release_below(release: Release) -> None:
    lines = as_text(ask(release, Question("nrr_cc", last=3))).splitlines()
    assert lines[0].startswith("Net revenue retention, constant currency: company, 2025-01 to 2025-03, over 12 months")
    assert lines[1].startswith("  = (S + expansion - contraction - churn) / S")
    assert "metric book, 3. Retention; owner: revenue operations; target: 110.00 % or more" in " ".join(lines)
    assert lines[-1].strip() == "as of 2025-04-17"


def test_several_months_of_several_things_are_a_matrix(release: Release) -> None:
    answer = ask(release, Question("nrr_cc", ("am",), last=3))
    text = as_text(answer)
    heading = next(line for line in text.splitlines() if "2025-02" in line and "Account" in line)
    assert re.findall(r"\d{4}-\d\d", heading) == ["2025-01", "2025-02", "2025-03"]
    for figure in answer.figures:
        shown = "n/a" if figure.value is None else f"{figure.value * 100:,.2f} {figure.verdict.mark}"
        assert shown in text
    assert all(reason in text for reason in {figure.reason for figure in answer.figures} - {None})


def test_a_number_that_cannot_be_known_is_never_shown_as_0(release: Release) -> None:
    answer = ask(release, Question("surprise_churn_rate", ("am",)))
    assert None in {figure.value for figure in answer.figures}
    text = as_text(answer)
    assert "n/a: no ARR was lost in the window" in text
    assert [line.count("n/a") for line in text.splitlines()].count(1) - 1 == sum(
        f.value is None for f in answer.figures
    )


def test_csv_has_all_digits_and_the_reasons(release: Release) -> None:
    answer = ask(release, Question("surprise_churn_rate", ("am",), last=12))
    rows = list(csv.DictReader(io.StringIO(as_csv(answer))))
    assert [row["value"] for row in rows] == ["" if f.value is None else format(f.value, "f") for f in answer.figures]
    assert [row["reason"] for row in rows] == [figure.reason or "" for figure in answer.figures]
    assert {row["metric"] for row in rows} == {"surprise_churn_rate"} and set(rows[0]) >= {"month", "am", "am_name"}


def test_no_dimension_takes_the_place_of_a_column() -> None:
    columns = {"metric", "month", "value", "reason", "target_from", "target_to", "status"}
    dimensions = {name for entry in catalogue().entries.values() for name in entry.dimensions}
    assert columns.isdisjoint(dimensions | {f"{name}_name" for name in dimensions})


def test_json_is_the_same_with_the_definition(release: Release) -> None:
    answer = ask(release, Question("grr_cc", ("tier",)))
    body = json.loads(as_json(answer))
    assert [row["value"] for row in body["rows"]] == [format(figure.value, "f") for figure in answer.figures]
    assert body["formula"] == answer.entry.formula and body["policy"] == "retention_bands"
    assert body["by"] == ["tier"] and body["window_months"] == 12 and body["as_of_on"] == "2025-04-17"


def test_text_of_the_data_is_safe_in_a_spreadsheet_and_a_terminal(folder: Path, tmp_path: Path) -> None:
    import duckdb

    copy = tmp_path / "warehouse.duckdb"
    shutil.copy(folder / "warehouse.duckdb", copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update marts.dim_clients set client_name = '=1+1\x1b[2J'")
    with open_release(copy) as release:
        answer = ask(release, Question("health_score", ("client",)))
        assert "'=1+1" in as_csv(answer) and ",=1+1" not in as_csv(answer)
        assert "\x1b" not in as_text(answer)


def test_no_digit_is_lost_however_narrow_the_terminal(release: Release) -> None:
    for wide, narrow in (
        [as_text(ask(release, Question("arr_cc", ("am",), last=12)), width) for width in (400, 60)],
        [explained_text(explain(release, Asked("nrr_cc")), width) for width in (400, 60)],
    ):
        assert sorted(AMOUNT.findall(wide)) == sorted(AMOUNT.findall(narrow))


def test_every_metric_is_listed_with_what_it_can_be_cut_by() -> None:
    rows = json.loads(listed(None, "json"))
    assert [row["metric"] for row in rows] == list(catalogue().entries)
    assert all(
        {"title", "formula", "unit", "grain", "dimensions", "owner", "table", "column", "book"} <= set(row)
        for row in rows
    )
    assert len(list(csv.DictReader(io.StringIO(listed(None, "csv"))))) == len(rows)
    table = listed(None, "table")
    assert all(name in table for name in catalogue().entries)


def test_a_search_finds_words_in_any_order_and_says_when_there_are_none() -> None:
    assert {entry.name for entry in found("currency NET reported")} >= {"nrr_reported"} or found("reported net")
    assert [entry.name for entry in found("handover-fair")] == ["handover_fair_nrr_cc"]
    with pytest.raises(UserError, match="no metric is about 'blockchain'"):
        found("blockchain")


def test_a_format_that_there_is_not_is_named() -> None:
    with pytest.raises(UserError, match="unknown format 'yaml'"):
        checked("yaml")
    assert {str(entry.unit) for entry in catalogue().entries.values()} <= {str(unit) for unit in Unit}


def test_a_person_reads_with_the_own_rights(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    (tmp_path / "current").symlink_to(folder)
    (tmp_path / "access.toml").write_text('[[people]]\nlogin = "ann"\nrole = "am"\nam_id = "u2"\n', encoding="utf-8")
    settings = load_settings(tmp_path)
    rows = json.loads(answered(settings, Question("arr_cc"), "json", login="ann"))["rows"]
    assert {row["am"] for row in rows} == {"u2"}
    with pytest.raises(UserError, match="nobody 'bob'"):
        answered(settings, Question("arr_cc"), "json", login="bob")


def test_the_commands_answer(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(folder)
    done = tenure(tmp_path, "metric", "nrr_cc", "--by", "am", "--last", "12", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("metric,month,am,am_name,value,")
    refused = tenure(tmp_path, "metric", "nrr_cc", "--by", "client")
    assert refused.returncode == 2 and "--by can be am, tier, region" in refused.stderr
    assert "TENURE_HOME" not in environment()
