"""SurveyMonkey's individual responses. The samples were made by hand to the two header rows of a real file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from homes import Home, workbook

from pipelines.errors import UserError
from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext, no_mapping
from pipelines.landing.connectors.surveymonkey import CONNECTOR
from pipelines.landing.connectors.surveymonkey.questions import Header, numbers

SAMPLE = Path(__file__).parents[2] / "samples" / "surveymonkey" / "case" / "SurveyMonkey_relationship.csv"
RELATIONSHIP = {"survey_type": "relationship"}
ABOUT, NO_LABELS = "Respondent ID,Collector ID,End Date,Email Address", ",,,"
NPS = "How likely are you to recommend us?"


def incoming(path: Path) -> IncomingFile:
    return IncomingFile(path, path.name, "0" * 64, path.stat().st_size)


def read(path: Path, map_values=no_mapping, zone: str = "UTC", **settings: Any) -> dict[str, Extract]:
    found = CONNECTOR.read(incoming(path), SourceContext(settings, "USD", zone, map_values))
    return {extract.entity: extract for extract in found}


def survey(tmp_path: Path, questions: str, labels: str, *rows: str, name: str = "survey.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join([f"{ABOUT},{questions}", f"{NO_LABELS},{labels}", *rows]) + "\n")
    return path


def scores(path: Path, **settings: Any) -> list[str | None]:
    return read(path, **{**RELATIONSHIP, **settings})["nps_responses"].rows["score"].to_list()


def test_the_export_is_recognised_and_others_are_not(tmp_path: Path):
    assert CONNECTOR.recognise(incoming(SAMPLE))
    for content in (b"", b"\x00\xff", b'"', b"respondent id,score\n1,2", b"[]"):
        path = tmp_path / "other.csv"
        path.write_bytes(content)
        assert CONNECTOR.recognise(incoming(path)) is None


def test_every_response_is_one_row_and_those_without_an_answer_are_marked(home: Home):
    home.sources["surveymonkey"] = {
        **RELATIONSHIP, "account_key": "Custom Data 1", "csat_question": "How satisfied are you?", "csat_scale": [1, 5]
    }  # fmt: skip
    home.put(SAMPLE.name, SAMPLE.read_bytes())
    receipt = home.land()
    assert (receipt.total("rows_read"), receipt.total("rows_landed"), home.quarantine()) == (5, 5, [])
    rows = home.rows("nps_responses")
    assert rows["score"].to_list() == [10, 9, 0, None, 8]
    assert rows.filter(~pl.col("_is_active")).select("response_id", "_note").rows() == [
        ("118000000004", "no answer to the NPS question")
    ]
    assert rows["_line_number"].to_list() == [4, 5, 6, 7, 8]
    assert home.rows("csat_responses")["score"].cast(pl.Int64).to_list() == [75, 100, 0]


def test_respondent_account_time_and_comment():
    rows = read(SAMPLE, zone="America/New_York", account_key="Custom Data 1", **RELATIONSHIP)["nps_responses"].rows
    assert rows["respondent_id"].to_list() == [
        "ann@smalpha.example",
        "bo@smalpha.example",
        "cy@smbeta.example",
        "118000000004",
        "118000000005",
    ]
    assert rows["_account_key"].to_list() == ["sm_alpha", "sm_alpha", "smbeta.example", "sm_beta", "sm_beta"]
    assert rows["_account_hint"].to_list() == ["sm_alpha", "sm_alpha", None, "sm_beta", "sm_beta"]
    assert (rows["responded_at"][0][:16], rows["comment"][0]) == ("2025-03-14T13:05", "Great, really")


def test_a_workbook_reads_as_the_csv_does(home: Home):
    home.sources["surveymonkey"] = RELATIONSHIP
    rows = [
        [*ABOUT.split(","), NPS],
        ["", "", "", "", "Response"],
        ["118000000009", "401", "2025-03-14 09:05:00", "a@b.example", 7],
    ]
    home.put("Q1.xlsx", workbook(Sheet=rows))
    home.land()
    assert home.rows("nps_responses").select("response_id", "score").rows() == [("118000000009", 7)]


def test_header_gives_nameless_columns_to_the_question_before_them():
    header = Header.of(["Respondent ID", "Q1", "", "Q2"], ["", "Response", "Open-Ended Response", "Response"])
    assert header.about == {"respondent id": 0}
    found = [(question.text, [c.position for c in question.columns]) for question in header.questions]
    assert found == [("Q1", [1, 2]), ("Q2", [3])]


@pytest.mark.parametrize(
    ("answer", "number"),
    [("10 - Extremely likely", "10"), ("Not at all likely - 0", "0"), ("7", "7"), ("-1", "-1"), ("7.5", "7.5"),
     ("10 of 10", "10 of 10"), ("yes", "yes")],
)  # fmt: skip
def test_the_number_in_an_answer(answer: str, number: str):
    assert numbers(pl.Series([answer, None])).to_list() == [number, None]


def test_the_only_question_that_can_be_nps_is_taken(tmp_path: Path):
    questions = f"{NPS},How likely are you to renew?,Wie wahrscheinlich ist es"
    path = survey(tmp_path, questions, "Response,Response,Response", "1,2,2025-01-31,a@b.example,9,3,4")
    assert scores(path) == ["9"]


def test_an_answer_that_is_no_score_needs_the_setting_and_costs_its_row_only(tmp_path: Path, home: Home):
    path = survey(tmp_path, NPS, "Response", "1,2,2025-01-31,a@b.example,9", "2,2,2025-01-31,c@b.example,11")
    with pytest.raises(Refused, match="None of its questions"):
        scores(path)
    home.sources["surveymonkey"] = {**RELATIONSHIP, "nps_question": NPS}
    home.put(path.name, path.read_bytes())
    home.land()
    assert [row["reason"] for row in home.quarantine()] == ["score '11' is not in the range 0 to 10"]
    assert home.rows("nps_responses")["score"].to_list() == [9]


def test_two_candidates_are_asked_about(tmp_path: Path):
    questions = f"{NPS},,Would you likely recommend our support?"
    path = survey(tmp_path, questions, "Product,Support,Response", "1,2,2025-01-31,a@b.example,9,8,7")
    with pytest.raises(Refused, match="3 of its columns") as refused:
        scores(path)
    assert f'"{NPS} [Support]"' in refused.value.do
    assert scores(path, nps_question=f"{NPS} [Support]") == ["8"]
    with pytest.raises(Refused, match="several columns"):
        scores(path, nps_question=NPS)
    with pytest.raises(Refused, match="has no 'Nothing'"):
        scores(path, nps_question="Nothing")


def test_columns_name_what_holds_the_rest(tmp_path: Path):
    path = survey(tmp_path, f"{NPS},Why?", "Response,Open-Ended Response", "1,2,2025-01-31,a@b.example,9,Good")
    columns = {"comment": "Why?", "respondent_id": "Collector ID"}
    row = read(path, columns=columns, **RELATIONSHIP)["nps_responses"].rows.row(0, named=True)
    assert (row["comment"], row["respondent_id"]) == ("Good", "2")
    with pytest.raises(UserError, match=r"columns\.score"):
        read(path, columns={"score": "Why?"}, **RELATIONSHIP)


def test_the_type_of_the_survey_is_a_setting(tmp_path: Path):
    path = survey(tmp_path, NPS, "Response", "1,2,2025-01-31,a@b.example,9", name="After ticket 7.csv")
    with pytest.raises(Refused, match="transactional or a relationship") as refused:
        read(path)
    assert "survey_type" in refused.value.do
    found = read(path, surveys={"after ticket*": {"survey_type": "transactional"}}, **RELATIONSHIP)
    assert found["nps_responses"].rows["survey_type"].to_list() == ["transactional"]


def test_a_survey_of_satisfaction_alone(tmp_path: Path):
    path = survey(tmp_path, "Satisfied?", "Response", "1,2,2025-01-31,a@b.example,Very", "2,2,2025-01-31,,")
    with pytest.raises(Refused, match="become 0 to 100"):
        read(path, csat_question="Satisfied?")
    words = {"Very": "100"}
    found = read(path, lambda entity, column, value: words.get(value), csat_question="Satisfied?")
    csat = found["csat_responses"]
    assert (csat.is_derived, csat.rows["score"].to_list()) == (False, ["100", None])
    assert csat.rows["_is_active"].to_list() == [True, False]


def test_days_and_months_are_not_guessed(tmp_path: Path):
    path = survey(tmp_path, NPS, "Response", "1,2,03/04/2025 10:00:00 PM,a@b.example,9")
    with pytest.raises(Refused, match="day or the month"):
        scores(path)
    rows = read(path, date_order="dmy", **RELATIONSHIP)["nps_responses"].rows
    assert rows["responded_at"][0].startswith("2025-04-03T22:00")


def test_a_file_with_one_header_row_is_refused(tmp_path: Path):
    path = tmp_path / "condensed.csv"
    path.write_text(f"{ABOUT},{NPS}\n1,2,2025-01-31,a@b.example,9\n")
    with pytest.raises(Refused, match="second header row"):
        read(path, **RELATIONSHIP)


def test_ids_that_a_spreadsheet_has_shortened_are_quarantined(tmp_path: Path, home: Home):
    home.sources["surveymonkey"] = RELATIONSHIP
    path = survey(tmp_path, NPS, "Response", "1.18E+11,2,2025-01-31,a@b.example,9")
    home.put(path.name, path.read_bytes())
    home.land()
    assert "a spreadsheet has shortened" in home.quarantine()[0]["reason"]


def test_settings_that_cannot_be_used_are_named():
    with pytest.raises(UserError, match="survey_type"):
        read(SAMPLE, survey_type="yearly")
    with pytest.raises(UserError, match="csat_scale"):
        read(SAMPLE, csat_scale=[5, 5])
