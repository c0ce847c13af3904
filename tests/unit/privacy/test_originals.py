"""An export without an erased person lands the same rows and amounts, in its own format and encoding."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from pipelines.landing.connector import Extract, IncomingFile, SourceContext
from pipelines.landing.connectors.delighted import CONNECTOR as DELIGHTED
from pipelines.landing.connectors.template import CONNECTOR as TEMPLATE
from pipelines.privacy.originals import Reading, without_erased
from pipelines.privacy.pseudonyms import hashed
from pipelines.privacy.tombstones import Tombstone, Tombstones

KEY = "0" * 64
ADDRESS, NAME, PHONE = "zoe.quill@one.example", "Zoë Quill", "+49 555 0177"
HEADER = ["contact_id", "account_id", "name", "email", "title", "phone"]
ROWS = [
    ["c-77-zoe", "one", NAME, ADDRESS.upper(), "VP of Buying", PHONE],
    ["c-78-bob", "two", "Bob Other", "bob@two.example", "CEO", "556"],
]


def stones(*values: str, title: str = "", keeps_ids: bool = False) -> Tombstones:
    return Tombstones(KEY, [Tombstone("x", [hashed(KEY, value) for value in values], title, keeps_ids)])


@dataclass
class Export:
    """A file in a folder, read by a connector."""

    folder: Path
    connector: Any = TEMPLATE
    settings: dict[str, Any] | None = None

    def reading(self, name: str, content: bytes) -> Reading:
        path = self.folder / name
        path.write_bytes(content)
        return Reading(IncomingFile(path, name, "", len(content)), self.connector, SourceContext(self.settings or {}))

    def extracts(self, name: str, content: bytes) -> list[Extract]:
        return self.reading(name, content).extracts()


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path)


def as_csv(rows: list[list[str]], ends: str = "\n") -> str:
    return "".join(",".join(row) + ends for row in [HEADER, *rows])


def as_xlsx(rows: list[list[str]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        sheet = workbook.add_worksheet("contacts")
        for at, row in enumerate([HEADER, *rows]):
            sheet.write_row(at, 0, row)
    return stream.getvalue()


def as_parquet(rows: list[list[str]]) -> bytes:
    stream = io.BytesIO()
    pl.DataFrame(rows, schema=dict.fromkeys(HEADER, pl.String), orient="row").write_parquet(stream)
    return stream.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_keeps_its_encoding_and_every_byte_of_others(export: Export, encoding: str) -> None:
    content = as_csv(ROWS, "\r\n").encode(encoding)
    cleaned = without_erased(export.reading("contacts.csv", content), stones("c-77-zoe", ADDRESS, title="vp"))
    assert cleaned is not None
    text = cleaned.decode(encoding)
    assert text.splitlines()[2] == ",".join(ROWS[1])
    contact, account, name, email, title, phone = text.splitlines()[1].split(",")
    assert (account, name, title, phone) == ("one", "", "vp", "")
    assert contact.startswith("erased-") and email.endswith("@one.example")
    assert text.count("\r\n") == 3


@pytest.mark.parametrize(("name", "write"), [("contacts.xlsx", as_xlsx), ("contacts.parquet", as_parquet)])
def test_workbooks_and_parquet_files_are_rewritten(export: Export, name: str, write: Any) -> None:
    cleaned = without_erased(export.reading(name, write(ROWS)), stones("c-77-zoe", ADDRESS))
    assert cleaned is not None
    (extract,) = export.extracts(name, cleaned)
    zoe, bob = extract.rows.select(HEADER[:5]).rows()
    assert zoe[1:3] == ("one", None) and zoe[0].startswith("erased-") and zoe[4] is None
    assert list(bob) == ROWS[1][:5]
    assert NAME not in str(extract.rows.rows())


def test_a_json_export_loses_what_no_number_needs(tmp_path: Path) -> None:
    answers = [
        {
            "id": "r1", "person": {"id": "p-1-zoe", "name": NAME, "email": ADDRESS, "phone": 4955501}, "score": 9,
            "comment": 'says "hello", twice', "survey_type": "nps", "created_at": 1740819600,
            "person_properties": {"Company": "One", "Birthday": "1 May"},
        },
        {"id": "r2", "person": {"id": "p-2", "email": "bob@two.example"}, "score": 3, "survey_type": "nps",
         "comment": "fine", "created_at": 1740819601, "person_properties": {}},
    ]  # fmt: skip
    content = json.dumps(answers).encode()
    export = Export(tmp_path, DELIGHTED, {"survey_type": "relationship", "account_key": "Company"})
    reading = export.reading("delighted.json", content)
    cleaned = without_erased(reading, stones("p-1-zoe", ADDRESS))
    assert cleaned is not None
    zoe, bob = json.loads(cleaned)
    assert bob == answers[1]
    assert (zoe["id"], zoe["score"], zoe["created_at"]) == ("r1", 9, 1740819600)
    assert zoe["person_properties"] == {"Company": "One", "Birthday": None}
    assert zoe["comment"] is None and zoe["person"]["name"] is None and zoe["person"]["phone"] is None
    assert zoe["person"]["id"].startswith("erased-")


def test_an_amount_that_reads_like_an_id_stays(export: Export) -> None:
    """The id 9 is also a score: in that column something else would land, so it stays there."""
    rows = "response_id,account_id,respondent_id,survey_type,score,responded_at\n"
    rows += "n1,one,9,relationship,9,2025-03-01T09:00:00Z\n"
    cleaned = without_erased(export.reading("nps_responses.csv", rows.encode()), stones("9"))
    assert cleaned is not None
    cells = cleaned.decode().splitlines()[1].split(",")
    assert cells[2].startswith("erased-") and cells[4] == "9"


def test_lines_below_a_long_comment_keep_their_numbers(export: Export) -> None:
    rows = "response_id,account_id,respondent_id,survey_type,score,responded_at,comment\n"
    rows += 'n1,one,r1-zoe,relationship,9,2025-03-01T09:00:00Z,"one\ntwo\nthree"\n'
    rows += "n2,two,r2,relationship,3,2025-03-01T09:00:00Z,bad\n"
    cleaned = without_erased(export.reading("nps_responses.csv", rows.encode()), stones("r1-zoe"))
    assert cleaned is not None and b"two\n" not in cleaned
    (extract,) = export.extracts("nps_responses.csv", cleaned)
    assert extract.rows["_line_number"].to_list() == [2, 5]
    assert extract.rows["comment"].str.strip_chars().to_list() == ["", "bad"]


def test_a_file_without_the_person_is_left_alone(export: Export) -> None:
    assert without_erased(export.reading("contacts.csv", as_csv(ROWS[1:]).encode()), stones("c-77-zoe")) is None


def test_names_of_the_person_go_from_other_files_too(export: Export) -> None:
    rows = f"escalation_id,account_id,severity,opened_at,subject\ne1,one,P1,2025-03-01T09:00:00Z,{NAME} called\n"
    cleaned = without_erased(export.reading("escalations.csv", rows.encode()), stones("c-77-zoe"), [NAME])
    assert cleaned is not None and NAME not in cleaned.decode() and "called" in cleaned.decode()
