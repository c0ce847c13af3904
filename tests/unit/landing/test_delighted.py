"""Delighted's survey responses. The JSON was made by hand after the API reference; no public file shows its CSV."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import Home

from pipelines.landing.connector import IncomingFile
from pipelines.landing.connectors.delighted import CONNECTOR

EXPORT = (Path(__file__).parents[2] / "samples" / "delighted" / "case" / "survey_responses.json").read_text()
CSV = "Response time,Person,Person email,Score,Comment,Company\n31/05/2025 10:00,,ann@beta.example,9,Fine,Acme\n"
COLUMNS = {"score": "Score", "responded_at": "Response time", "email": "Person email"}
RELATIONSHIP = {"survey_type": "relationship"}


def refusal(home: Home) -> str:
    (refused,) = home.land().refused
    return f"{refused.what} {refused.do}"


def test_only_nps_answers_count_and_the_rest_is_landed(home: Home):
    home.sources["delighted"] = RELATIONSHIP
    home.put("survey_responses.json", EXPORT)
    receipt = home.land()
    names = ["response_id", "respondent_id", "survey_type", "score", "responded_at", "_account_key", "_account_hint"]
    rows = home.rows("nps_responses")
    assert [tuple(map(str, row)) for row in rows.select(*names, "_is_active").rows()] == [
        ("dl_1", "p_1", "relationship", "10", "2025-06-01 00:00:00", "Delighted Alpha Inc", "None", "True"),
        ("dl_2", "p_2", "relationship", "6", "2025-06-02 00:00:00", "beta.example", "delighted-b", "True"),
        ("dl_3", "p_1", "relationship", "9", "2025-06-03 00:00:00", "Delighted Alpha Inc", "None", "True"),
        ("dl_5", "p_3", "relationship", "7", "2025-06-04 00:00:00", "Delighted Alpha Inc", "None", "False"),
    ]
    assert rows["_account_email"].to_list()[1] == "ann@beta.example"
    assert home.rows("csat_responses").select("response_id", "_is_active").rows() == [("dl_4", False)]
    (record,) = home.quarantine()
    assert (record["line_number"], record["reason"]) == (7, "score '11' is not in the range 0 to 10")
    assert sorted(finding.value or "" for finding in receipt.findings) == ["ces", "csat"]
    home.assert_accounted()


def test_csat_is_scaled_only_by_a_setting(home: Home):
    home.sources["delighted"] = RELATIONSHIP | {"csat_scale": [1, 5]}
    home.put("survey_responses.json", EXPORT)
    home.land()
    rows = home.rows("csat_responses").select("score", "_is_active").rows()
    assert [(float(score), is_active) for score, is_active in rows] == [(75.0, True)]


def test_the_kind_of_survey_is_asked_for(home: Home):
    home.put("survey_responses.json", EXPORT)
    assert 'survey_type = "relationship"' in refusal(home)


def test_json_lines_and_objects_of_other_kinds_are_accounted(home: Home):
    home.sources["delighted"] = RELATIONSHIP
    one = '{"id":"1","person":"p","survey_type":"nps","score":3,"created_at":"x","person_properties":{}}'
    home.put("a.jsonl", f'{one}\n{one.replace("x", "2025-01-01")}\n{{"id":"2","email":"a@b.c"}}\n')
    home.land()
    home.assert_accounted()
    assert home.ledger().loads[0].entities["nps_responses"].rows_read == 3
    assert any("it has no score" in record["reason"] for record in home.quarantine())


def test_a_cut_off_file_is_refused(home: Home):
    home.sources["delighted"] = RELATIONSHIP
    home.put("survey_responses.json", EXPORT[:-40])
    assert "cut off" in refusal(home)


def test_a_csv_lands_once_its_columns_are_confirmed(home: Home):
    home.sources["delighted"] = RELATIONSHIP
    home.put("delighted_2025.csv", CSV)
    proposed = refusal(home)
    assert 'score = "Score", responded_at = "Response time", comment = "Comment", email = "Person email"' in proposed
    home.sources["delighted"] = RELATIONSHIP | {"columns": COLUMNS}
    assert 'question = "nps"' in refusal(home)
    home.sources["delighted"] = RELATIONSHIP | {"columns": COLUMNS, "question": "nps", "time_zone": "Europe/Berlin"}
    assert not home.land().refused
    (row,) = home.rows("nps_responses").select("response_id", "score", "_account_key", "_account_email").rows()
    assert row == ("ann@beta.example 2025-05-31T08:00:00Z", 9, "Acme", "ann@beta.example")


def test_account_key_names_the_column_of_the_account(home: Home):
    own = RELATIONSHIP | {"columns": COLUMNS, "question": "nps"}
    home.put("delighted_2025.csv", CSV.replace("Company", "Kunde"))
    home.sources["delighted"] = own | {"account_key": "Customer"}
    assert "lacks Customer" in refusal(home)
    home.sources["delighted"] = own | {"account_key": "kunde"}
    assert not home.land("second").refused
    assert home.rows("nps_responses")["_account_key"].to_list() == ["Acme"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"score": "Score"}, "no column for responded_at, email"),
        ({**COLUMNS, "score": "Scores"}, "lacks Scores (was it renamed to 'Score'?)"),
        ({**COLUMNS, "scor": "Score"}, "'scor' is none of response_id"),
    ],
)
def test_wrong_columns_are_named(home: Home, columns: dict[str, str], words: str):
    home.sources["delighted"] = RELATIONSHIP | {"columns": columns, "question": "nps"}
    home.put("delighted_2025.csv", CSV)
    assert words in refusal(home)


def test_other_files_are_not_claimed(tmp_path: Path):
    others = {
        "a.csv": CSV,
        "nps_responses_delighted.csv": CSV,
        "b.json": '[{"score": 9}]',
        "c.json": "\0",
        "d.txt": EXPORT,
    }
    for name, text in others.items():
        (tmp_path / name).write_text(text)
        assert CONNECTOR.recognise(IncomingFile(tmp_path / name, name, "", 0)) is None
