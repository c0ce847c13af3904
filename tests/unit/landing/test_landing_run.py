"""A landing run as a whole: what is landed, what is left alone, and that nothing is lost when it is killed."""

import json
import os
import threading
import time
from pathlib import Path

import pytest
from homes import Home
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.landing import ledger as ledger_module
from pipelines.landing.ledger import write_atomically

USERS = "user_id,name\nu1,Ann\n"
MAP = "source,entity,column,value,mapped\n"
ESCALATION = "escalation_id,account_id,severity,opened_at\ne1,a,High,2025-01-01T00:00:00Z\n"


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_file_lands_with_where_it_came_from_and_its_original_is_kept(home: Home) -> None:
    path = home.put("crm/users_2025.csv", USERS)
    receipt = home.land("run-1")
    row = home.rows("users").row(0, named=True)
    assert (row["user_id"], row["_source"], row["_file_name"]) == ("u1", "template", "crm/users_2025.csv")
    assert (row["_load_seq"], row["_line_number"], row["_is_active"]) == (1, 2, True)
    entry = json.loads(next((home.lake / "_ledger").glob("*.json")).read_text())
    assert entry["entities"]["users"]["rows_landed"] == receipt.total("rows_landed") == 1
    assert (entry["run_id"], entry["dialect"]) == ("run-1", {"encoding": "utf-8"})
    assert (home.lake / "_archive" / entry["sha256"]).read_bytes() == path.read_bytes()


def test_the_inbox_is_never_modified(home: Home) -> None:
    for name in ("users.csv", "broken.bin", "users.csv.part", "a.zip", "accounts.csv"):
        home.put(name, USERS)
    before = snapshot(home.inbox)
    home.land()
    home.land()
    assert snapshot(home.inbox) == before


def test_the_same_bytes_are_news_only_after_another_version(home: Home) -> None:
    changed = USERS.replace("Ann", "Anna")
    counts = []
    for content in (USERS, USERS, changed, changed, USERS, USERS):
        home.put("users.csv", content)
        counts.append(len(home.land().files))
    assert counts == [1, 0, 1, 0, 1, 0]
    assert home.rows("users")["name"].to_list() == ["Ann", "Anna", "Ann"]
    assert home.rows("users")["_load_seq"].to_list() == [1, 2, 3]


def test_files_load_in_byte_order_of_their_names(home: Home) -> None:
    for name in ("users_b.csv", "users_B.csv", "users_ä.csv", "users_10.csv", "users_9.csv"):
        home.put(name, USERS)
    names = [file.file_name for file in home.land().files]
    assert names == ["users_10.csv", "users_9.csv", "users_B.csv", "users_b.csv", "users_ä.csv"]


def test_files_that_are_not_for_us_are_reported_with_what_to_do(home: Home, tmp_path: Path) -> None:
    home.put("notes.docx", "x")
    home.put("export.zip", b"PK")
    home.put("users.csv.part", USERS)
    home.put(".hidden.csv", USERS)
    home.put("~$users.xlsx", "lock")
    outside = tmp_path / "outside.csv"
    outside.write_text(USERS)
    (home.inbox / "users_link.csv").symlink_to(outside)
    (home.inbox / "folder_link").symlink_to(tmp_path)
    os.mkfifo(home.inbox / "users_pipe.csv")
    receipt = home.land()
    assert receipt.files == []
    assert [problem.file_name for problem in receipt.unknown] == ["notes.docx"]
    assert [problem.file_name for problem in receipt.waiting] == ["users.csv.part"]
    refused = {problem.file_name for problem in receipt.refused}
    assert refused == {"export.zip", "users_link.csv", "folder_link", "users_pipe.csv"}
    assert all(problem.what and problem.do for problem in [*receipt.unknown, *receipt.waiting, *receipt.refused])


def test_an_unreadable_file_is_reported_and_the_others_land(home: Home) -> None:
    path = home.put("users_secret.csv", USERS)
    home.put("users.csv", USERS)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything, so no file can be made unreadable")
    receipt = home.land()
    assert [problem.file_name for problem in receipt.refused] == ["users_secret.csv"]
    assert len(receipt.files) == 1


def test_a_file_that_is_still_growing_waits(home: Home) -> None:
    path = home.put("users.csv", USERS)
    stop = threading.Event()

    def grow() -> None:
        while not stop.is_set():
            with path.open("a") as stream:
                stream.write("u,x\n")
            time.sleep(0.02)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        time.sleep(0.05)
        receipt = home.land()
    finally:
        stop.set()
        writer.join()
    assert [problem.file_name for problem in receipt.waiting] == ["users.csv"]
    assert receipt.files == []


def test_no_inbox_is_an_empty_inbox(home: Home) -> None:
    home.inbox.rmdir()
    assert home.land().as_metadata()["files_landed"] == 0


def test_a_refused_file_is_reported_at_every_run_until_it_is_replaced(home: Home) -> None:
    home.put("users.csv", "id;name\n1;Ann\n")
    for _ in range(2):
        problem = home.land().refused[0]
        assert "user_id, name of users are missing: its cells are separated by semicolons" in problem.what
    home.put("users.csv", USERS)
    assert home.land().refused == []


def test_words_of_the_company_hold_for_all_files_of_the_same_run(home: Home) -> None:
    home.put("escalations.csv", ESCALATION)
    home.put("map_values.csv", f"{MAP},escalations,severity,high,P1\n")
    home.land()
    assert home.rows("escalations")["severity"].to_list() == ["P1"]


def test_new_words_heal_rows_that_were_quarantined_before(home: Home) -> None:
    home.put("escalations.csv", ESCALATION)
    home.land("run-1")
    assert "severity 'High'" in home.quarantine()[0]["reason"]
    home.put("map_values.csv", f"{MAP}template,escalations,severity,HIGH,P1\nother,escalations,severity,High,P3\n")
    receipt = home.land("run-2")
    assert [(file.file_name, file.is_relanded) for file in receipt.files if file.source == "template"] == [
        ("escalations.csv", True),
        ("map_values.csv", False),
    ]
    assert home.rows("escalations").select("severity", "_load_seq").rows() == [("P1", 1)]
    assert home.quarantine() == []
    assert home.land("run-3").files == []


def test_a_changed_setting_lands_its_source_again_under_the_same_number(home: Home) -> None:
    home.put("users.csv", USERS)
    home.land("run-1")
    before = home.rows("users")
    home.sources = {"template": {"full": ["users"]}}
    (receipt,) = home.land("run-2").files
    assert receipt.is_relanded
    assert home.rows("users").equals(before)
    assert home.ledger().loads[0].run_id == "run-1"


class Killed(BaseException):
    """Stands for the process being killed: nothing in the program may catch it."""


@pytest.mark.parametrize("survived_writes", range(4))
def test_a_run_killed_before_its_commit_leaves_no_trace_and_the_next_succeeds(
    home: Home, monkeypatch: pytest.MonkeyPatch, survived_writes: int
) -> None:
    home.put("users.csv", USERS + "bad\n")
    left = [survived_writes]

    def dies(path: Path, write: object) -> None:
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        write_atomically(path, write)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger_module, "write_atomically", dies)
    with pytest.raises(Killed):
        home.land()
    monkeypatch.undo()
    (home.lake / "users").mkdir(exist_ok=True)
    (home.lake / "users" / ".tmp-leftover").write_bytes(b"half")
    assert home.ledger().loads == []
    home.land()
    assert home.rows("users")["user_id"].to_list() == ["u1"]
    assert len(home.quarantine()) == 1
    assert not list(home.lake.rglob(".tmp-*"))


def test_leftovers_of_a_dead_run_are_swept_even_if_nothing_is_new(home: Home) -> None:
    home.put("users.csv", USERS)
    home.land()
    stray = home.lake / "users" / "00000009-abcdefabcdef.parquet"
    stray.write_bytes(b"no entry vouches for this")
    home.land()
    assert not stray.exists()
    assert home.rows("users").height == 1


def test_a_run_killed_while_landing_again_lands_again_whatever_the_settings_are_then(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.put("users.csv", USERS)
    home.land()
    home.sources = {"template": {"full": ["users"]}}
    real, left = write_atomically, [2]

    def dies(path: Path, write: object) -> None:
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        real(path, write)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger_module, "write_atomically", dies)
    with pytest.raises(Killed):
        home.land()
    monkeypatch.undo()
    home.sources = {}  # back to what the committed entry had
    assert [file.is_relanded for file in home.land().files] == [True]
    assert home.rows("users").height == 1


def test_a_defect_in_a_connector_costs_one_file_not_the_run(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.put("eurofxref-hist.csv", "Date,USD,JPY,\n2025-01-01,1.1,160,\n")
    home.put("users.csv", USERS)
    monkeypatch.setattr("pipelines.landing.connectors.ecb.rates", lambda table: 1 / 0)
    receipt = home.land()
    assert [problem.file_name for problem in receipt.refused] == ["eurofxref-hist.csv"]
    assert home.rows("users").height == 1
    assert "ZeroDivisionError in ecb.py, line" in receipt.refused[0].what


def test_a_defect_in_a_connector_is_kept_as_a_refusal_until_the_code_changes(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.put("eurofxref-hist.csv", "Date,USD,JPY,\n2025-01-01,1.1,160,\n")
    with monkeypatch.context() as broken:
        broken.setattr("pipelines.landing.connectors.ecb.rates", lambda table: 1 / 0)
        home.land()
        (load,) = home.ledger().loads
        assert load.refused and load.entities == {}
        assert "ZeroDivisionError" in load.refusal["what"]
        again = home.land()
        assert not again.has_news
        assert [problem.file_name for problem in again.refused] == ["eurofxref-hist.csv"]
    monkeypatch.setattr("pipelines.landing.run.code_sha256", lambda: "corrected")
    assert home.land().refused == []
    assert home.rows("fx_rates").height == 2


def test_a_defect_that_comes_with_an_upgrade_costs_no_row(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.put("eurofxref-hist.csv", "Date,USD,JPY,\n2025-01-01,1.1,160,\n")
    home.land()
    monkeypatch.setattr("pipelines.landing.run.code_sha256", lambda: "broken")
    monkeypatch.setattr("pipelines.landing.connectors.ecb.rates", lambda table: 1 / 0)
    assert "ZeroDivisionError" in home.land().refused[0].what
    assert home.rows("fx_rates").height == 2


_names = st.sampled_from(
    [
        "users.csv",
        "invoice_lines_1.csv",
        "accounts.xlsx",
        "users.parquet",
        "x.json",
        "Account.csv",
        "rates.csv",
        "map_values.csv",
    ]
)
_headers = st.sampled_from(
    [
        b"",
        b"user_id,name\n",
        b"line_id,invoice_id,product,amount\n",
        b"Date,USD,JPY,\n",
        b"Id,IsDeleted,Name\n",
        MAP.encode(),
        b"\xff\xfe",
        b'[{"object":"invoice",',
    ]
)
_bodies = st.one_of(
    st.binary(max_size=80),
    st.text(alphabet='ab1,"\n\r\x00é .-{}[]:', max_size=80).map(lambda text: text.encode()),
)


@given(st.lists(st.tuples(_names, _headers, _bodies), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_land_or_are_reported_and_every_row_is_accounted_for(
    home: Home, files: list[tuple[str, bytes, bytes]]
) -> None:
    for name, header, body in files:
        home.put(name, header + body)
    receipt = home.land()
    assert not any("error in Tenure" in problem.what for problem in receipt.refused)
    home.assert_accounted()
