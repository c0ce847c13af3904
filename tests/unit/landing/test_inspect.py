"""`tenure inspect`: what landing would make of a file, told by the functions that land it, and nothing written."""

from pathlib import Path

import pytest
from homes import Home, workbook
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import UserError
from pipelines.landing.assumptions import noted
from pipelines.landing.inspect import Inspection, inspect_path
from pipelines.landing.kit.local_formats import date_order, decimal_mark
from pipelines.settings import Settings
from pipelines.terminal.inspection import inspection_text

ESCALATIONS = """\
escalation_id,account_id,severity,opened_at,resolved_at,colour
e1,a1,P1,2025-03-01T09:00:00Z,,red
e2,a1,High,2025-03-01T09:00:00Z,,red
e2,a1,High,2025-03-01T09:00:00Z,,red
"""
ACCOUNTS = (
    "Id,IsDeleted,MasterRecordId,Name,OwnerId,SystemModstamp\n"
    "0015E00001aaaaAQAQ,0,,Acme,0055E000003aBcDQAU,2026-06-09 18:24:44\n"
)


def one(home: Home, path: Path | None = None) -> Inspection:
    settings = Settings(home=home.root, sources=home.sources)
    (inspection,) = inspect_path(settings, path or home.inbox)
    return inspection


def shown(inspection: Inspection) -> str:
    return inspection_text([inspection], rows=3, width=120)


def test_a_file_is_told_as_it_would_land(home: Home) -> None:
    path = home.put("escalations.csv", ESCALATIONS)
    inspection = one(home, path)
    assert inspection.would_land and inspection.connector == "template"
    assert inspection.columns is not None
    assert list(inspection.columns.used) == ["escalation_id", "account_id", "severity", "opened_at"]
    assert list(inspection.columns.used_but_empty) == ["resolved_at"]
    assert list(inspection.columns.unused) == ["colour"]
    text = shown(inspection)
    assert "escalations: 3 rows = 1 landed + 1 duplicate + 1 quarantined" in text
    assert "1 x severity 'High' is none of P0, P1, P2, P3" in text
    assert "line 3: e2,a1,High" in text
    assert "not filled: responded_at, resolved_at, owner_id" in text
    assert "utf-8, header in line 1, cells separated by commas" in text
    assert "2025-03-01 09:00:00" in text


def test_nothing_is_written(home: Home) -> None:
    home.put("escalations.csv", ESCALATIONS)
    before = sorted(home.root.rglob("*"))
    one(home)
    assert sorted(home.root.rglob("*")) == before


def test_the_words_of_the_home_and_of_the_folder_hold(home: Home) -> None:
    home.put("map_values.csv", "source,entity,column,value,mapped\n,escalations,severity,High,P1\n")
    path = home.put("escalations.csv", ESCALATIONS)
    by_name = {each.file_name: each for each in inspect_path(Settings(home=home.root), home.inbox)}
    assert by_name["escalations.csv"].rows[0].landed["severity"].to_list() == ["P1", "P1"]
    assert one(home, path).rows[0].landed.height == 1, "nothing is landed yet, and the file alone is asked about"
    home.land()
    assert one(home, path).rows[0].landed.height == 2


def test_a_mark_of_deletion_counts_as_used_though_no_row_bears_it(home: Home) -> None:
    home.put("Account.csv", ACCOUNTS)
    columns = one(home).columns
    assert columns is not None
    assert {"Id", "IsDeleted", "Name", "OwnerId"} <= set(columns.used)
    assert list(columns.unused) == ["SystemModstamp"]


def test_every_connector_answers_and_the_first_one_reads(home: Home) -> None:
    home.put("accounts.csv", ACCOUNTS)
    inspection = one(home)
    assert inspection.connector == "salesforce"
    assert "template: its name is that of a template of accounts (asked later, so not used)" in shown(inspection)
    assert inspection.answers["ecb"] is None


def test_a_workbooks_only_sheet_is_tried_too(home: Home) -> None:
    rows = [["order_id", "account_id", "opened_on", "colour"], ["o1", "a1", "2025-01-31", "red"]]
    home.put("job_orders.xlsx", workbook(job_orders=rows))
    columns = one(home).columns
    assert columns is not None
    assert (list(columns.used), list(columns.unused)) == (["order_id", "account_id", "opened_on"], ["colour"])


@pytest.mark.parametrize(
    ("name", "content", "what", "do"),
    [
        ("unknown.csv", "a,b\n1,2\n", "no connector knows it", "Name a template file"),
        ("job_orders.csv", "order_id,account_id,opened\n", "was it renamed to 'opened'?", "put the file in again"),
        ("export.zip", "PK", "archives are not opened", "Unpack it"),
        ("invoices.csv.part", "x", "still being written", "once it has its own name"),
    ],
)
def test_what_would_not_land_says_why_and_what_to_do(home: Home, name: str, content: str, what: str, do: str) -> None:
    path = home.put(name, content)
    inspection = one(home, path)
    assert not inspection.would_land
    assert inspection.problem is not None
    assert what in inspection.problem.what and do in inspection.problem.do
    assert "would NOT land" in shown(inspection)


def test_a_wrong_setting_is_named(home: Home) -> None:
    home.sources = {"template": {"delimeter": ";"}}
    home.put("escalations.csv", ESCALATIONS)
    assert "unknown key 'delimeter'" in shown(one(home))


def test_no_file_is_bad_usage(home: Home) -> None:
    for path in (home.inbox, home.inbox / "absent.csv"):
        with pytest.raises(UserError):
            inspect_path(Settings(home=home.root), path)


def test_local_formats_say_what_they_assumed_and_why() -> None:
    import polars as pl

    with noted() as notes:
        date_order([pl.Series(["01/02/2026", "31/01/2026"])], None, "xero")
        date_order([pl.Series(["01/02/2026"])], "mdy", "xero")
        decimal_mark([pl.Series(["1.234,50"])], None, "xero")
    assert [(note.value, note.why) for note in notes][:2] == [
        ("day first", "'31/01/2026' proves it"),
        ("month first", "as it is set"),
    ]
    assert (notes[2].subject, notes[2].value, notes[2].why) == ("decimal mark", "comma", "'1.234,50' proves it")


def test_the_exit_status_says_whether_all_would_land(home: Home) -> None:
    good = home.put("users.csv", "user_id,name\nu1,Ann\n")
    home.put("unknown.csv", "a,b\n1,2\n")
    answers = [CliRunner().invoke(app, ["inspect", str(path), "--home", str(home.root)]) for path in (good, home.inbox)]
    assert [answer.exit_code for answer in answers] == [0, 2]
    assert "2 files: 1 would land, 1 would not" in answers[1].stdout
