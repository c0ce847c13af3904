"""`tenure shell`: statements and commands in, answers of one release out, at a keyboard or from a pipe."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from pipelines.errors import UserError
from pipelines.serving.source import Source
from pipelines.settings import PROJECT_ROOT, load_settings
from pipelines.terminal.shell import keyboard
from pipelines.terminal.shell.completion import SqlCompleter
from pipelines.terminal.shell.script import entries
from pipelines.terminal.shell.session import Left, Session
from pipelines.terminal.shell.statements import is_blank, parted
from tests.small_company import command, environment

TABLES = """
    create schema marts; create schema policy; create schema intermediate;
    create table marts.dim_clients as
        from (values ('c1', 'Acme', 'am-1', 120.50::decimal(18, 2)), ('c2', 'Bee', 'am-2', 1))
        as t(client_id, client_name, am_id, arr_cc);
    create table marts.rpt_retention as select date '2026-09-01' as month, 1.05::decimal(28, 8) as nrr_cc;
    create table policy.tiers as select 'tail' as tier;
    create table policy.dim_clients as select 1 as twin;
    create table intermediate.int_clients as select 'c1' as client_id, '{release}' as made_by;
"""


def publish(home: Path, release_id: str) -> None:
    """Writes a release and makes it the current one, as a publication does: by replacing the link."""
    folder = home / "releases" / release_id
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(TABLES.format(release=release_id))
    manifest = {"release_id": release_id, "identity": {"as_of_on": "2026-09-30"}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    link = home / "new"
    link.symlink_to(folder)
    link.replace(home / "current")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    publish(home, "r1")
    return home


class Screen:
    """What a session showed and said."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.said: list[str] = []


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def session(home: Path, screen: Screen) -> Iterator[Session]:
    with Session(Source(load_settings(home)), True, screen.shown.append, screen.said.append) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "statements", "rest"),
    [
        ("select 1; select 2", ["select 1"], " select 2"),
        ("select 'a;ä'; select \"b;\";", ["select 'a;ä'", ' select "b;"'], ""),
        ("select 1 -- no; end\n;", ["select 1 -- no; end\n"], ""),
        ("select /* ; */ 1;", ["select /* ; */ 1"], ""),
        ("select $$;$$;", ["select $$;$$"], ""),
        ("select 'open;", [], "select 'open;"),
        (";; ;", [], ""),
        ("", [], ""),
    ],
)
def test_a_text_is_parted_where_statements_end(text: str, statements: list[str], rest: str) -> None:
    assert parted(text) == (statements, rest)


@pytest.mark.parametrize(
    ("text", "is_nothing"),
    [
        ("", True),
        (" -- x", True),
        ("/* x */\n", True),
        ("'", False),
        ("select 'a", False),
        ("/* x", False),
        ("1", False),
    ],
)
def test_spaces_and_comments_say_nothing(text: str, is_nothing: bool) -> None:
    assert is_blank(text) is is_nothing


def test_an_answer_is_shown_and_its_rows_and_time_are_said(session: Session, screen: Screen) -> None:
    session.run("select client_name from marts.dim_clients order by 1;")
    assert screen.shown == ["client_name\n───────────\nAcme\nBee\n"]
    assert screen.said[-1].startswith("2 rows, 0.") and screen.said[-1].endswith(" s")
    session.run(r"\timing")
    session.run("select 1 as one; select 2 as two")
    assert screen.shown[1:] == ["one\n───\n  1\n", "two\n───\n  2\n"]
    assert screen.said[-2:] == ["1 row", "1 row"]


def test_a_long_answer_is_cut_and_says_how_to_get_the_rest(session: Session, screen: Screen, tmp_path: Path) -> None:
    session.run("select * from range(5000);")
    assert screen.shown[-1].count("\n") == 1002
    assert r"first 1,000 rows; there are more (\limit shows more, \o writes all)" in screen.said[-1]
    session.run(r"\limit all")
    session.run("select * from range(5000);")
    assert screen.shown[-1].count("\n") == 5002
    session.run(rf"\o {tmp_path}/all.csv")
    session.run(r"\limit 10")
    session.run("select * from range(5000);")
    assert (tmp_path / "all.csv").read_text().count("\n") == 5001
    session.run("select * from range(50);")
    assert screen.shown[-1].count("\n") == 12


@pytest.mark.parametrize("form", ["csv", "json", "markdown"])
def test_answers_can_look_otherwise(session: Session, screen: Screen, form: str) -> None:
    session.run(rf"\format {form}")
    session.run("select 'a' as x;")
    assert screen.shown == [{"csv": "x\na\n", "json": '[{"x": "a"}]\n', "markdown": "| x |\n| --- |\n| a |\n"}[form]]


def test_tables_are_listed_and_described(session: Session, screen: Screen) -> None:
    session.run(r"\d")
    assert "marts.dim_clients" in screen.shown[-1] and "intermediate" not in screen.shown[-1]
    assert r"\d intermediate" in screen.said[-1]
    session.run(r"\d intermediate;")
    assert "intermediate.int_clients" in screen.shown[-1]
    session.run(r"\d RPT_retention")
    assert screen.shown[-1].startswith("marts.rpt_retention\nOne row a month, window, segment")
    assert "nrr_cc" in screen.shown[-1] and "decimal(28,8)" in screen.shown[-1]
    with pytest.raises(UserError, match=r"'dim_clients' is the name of 2 tables") as told:
        session.run(r"\d dim_clients")
    assert "marts.dim_clients, policy.dim_clients" in str(told.value)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (r"\foo", r"no command \\foo"),
        (r"\d nothing", "no table or schema 'nothing'"),
        (r"\format xlsx", "cannot be shown as 'xlsx'"),
        (r"\o answer.pdf", "does not say what the file is to be"),
        (r"\limit none", "no number of rows"),
        ("selec 1;", "syntax error"),
        ("delete from marts.dim_clients;", "read-only"),
        ("select * from read_csv('/etc/passwd');", "nothing else"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_session_goes_on(
    session: Session, screen: Screen, entry: str, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        session.run(entry)
    session.run("select 1 as one;")
    assert screen.shown == ["one\n───\n  1\n"]


@pytest.mark.parametrize("entry", [r"\q", "exit", "quit;", "QUIT"])
def test_there_are_words_to_leave(session: Session, entry: str) -> None:
    with pytest.raises(Left):
        session.run(entry)


def test_every_command_is_in_the_help_and_on_the_page(session: Session, screen: Screen) -> None:
    session.run("help")
    page = (PROJECT_ROOT / "docs" / "sql.md").read_text(encoding="utf-8")
    missing = [name for name in session.commands if f"{name} " not in screen.shown[0] or f"`{name}" not in page]
    assert missing == [r"\dt"]  # another word for \d


def test_one_release_is_read_until_the_reader_wants_the_newer_one(session: Session, screen: Screen, home: Path) -> None:
    made_by = "select made_by from intermediate.int_clients;"
    assert (session.title, session.newer) == ("release r1, data as of 2026-09-30", "")
    publish(home, "r2")
    assert session.newer == "r2"
    session.run(made_by)
    session.run(r"\release")
    assert "r1\n" in screen.shown[-1]
    assert screen.said[-2:] == ["release r1, data as of 2026-09-30", r"r2 is the current one now: \reopen reads it"]
    session.run(r"\reopen")
    session.run(made_by)
    assert "r2\n" in screen.shown[-1] and session.newer == ""
    session.run(r"\reopen")
    assert "still the current one" in screen.said[-1]


def test_a_release_that_is_gone_leaves_a_session_that_can_be_left(session: Session, home: Path) -> None:
    (home / "current").unlink()
    with pytest.raises(UserError, match="no published release"):
        session.run(r"\reopen")
    with pytest.raises(UserError, match="no release is open"):
        session.run("select 1;")
    with pytest.raises(Left):
        session.run(r"\q")


@pytest.fixture
def offered(session: Session) -> Callable[[str], list[str]]:
    completer = SqlCompleter(lambda: session.catalogue, session.commands, ["abs", "sum", "summarise"])

    def texts(before: str) -> list[str]:
        line, _, after = before.partition("|")
        return [found.text for found in completer.get_completions(Document(line + after, len(line)), CompleteEvent())]

    return texts


def test_tables_are_offered_where_a_table_may_stand(offered: Callable[[str], list[str]]) -> None:
    assert offered("select * from ret") == ["marts.rpt_retention"]
    assert offered("select * from marts.") == ["dim_clients", "rpt_retention"]
    assert offered("select * from ")[:2] == ["marts.dim_clients", "marts.rpt_retention"]
    assert offered(r"\d mar") == ["marts", "marts.dim_clients", "marts.rpt_retention"]


def test_columns_are_offered_of_the_tables_of_the_statement(offered: Callable[[str], list[str]]) -> None:
    assert "client_name" in offered("select cl| from marts.dim_clients")
    assert offered("select c.cl| from marts.dim_clients as c join marts.rpt_retention as r") == [
        "client_id",
        "client_name",
    ]
    assert offered("select r.| from marts.dim_clients c join marts.rpt_retention r") == ["month", "nrr_cc"]
    assert offered("select nrr") == ["nrr_cc"]  # who knows the number and not its table
    assert offered("select * from marts.dim_clients where x = 'cl") == []


def test_keywords_functions_and_commands_are_offered(offered: Callable[[str], list[str]]) -> None:
    assert offered("sel") == ["select"] and offered("SEL") == ["SELECT"]
    assert offered("select su") == ["summarize", "sum(", "summarise("]
    assert offered("\\for") == ["\\format"] and offered(r"\format ma") == ["markdown"]
    assert offered("select 1 ") == []


def test_entries_of_a_script_know_their_lines() -> None:
    lines = [
        "-- a note\n",
        "\n",
        "select 1,\n",
        "  2; select 3;\n",
        "\\d marts\n",
        "select 'a\n",
        "\\b';\n",
        "select 4",
    ]
    found = [(number, entry.strip()) for number, entry in entries(lines)]
    assert found == [(3, "select 1,\n  2"), (4, "select 3"), (5, "\\d marts"), (6, "select 'a\n\\b'"), (8, "select 4")]


def shell(home: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("shell", "--home", str(home), *arguments),
        input=text, env=environment(), capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_a_script_runs_until_its_first_error_and_ends_with_2(home: Path, tmp_path: Path) -> None:
    done = shell(home, f"select 1 as one;\n\\format csv\nselect 2 as two;\n\\o {tmp_path}/three.csv\nselect 3 as three")
    assert (done.returncode, done.stdout) == (0, "one\n───\n  1\n1 row\ntwo\n2\n")
    assert (tmp_path / "three.csv").read_text() == "three\n3\n"
    assert "1 row -> " in done.stderr
    failed = shell(home, "select 1 as one;\n\n\nselect nothing;\nselect 2 as two;\n")
    assert (failed.returncode, failed.stdout) == (2, "one\n───\n  1\n1 row\n")
    assert "standard input, line 4" in failed.stderr and "Traceback" not in failed.stderr


def test_history_is_the_users_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = tmp_path / "tenure" / "shell_history"
    assert keyboard.history_file() == path
    path.parent.mkdir()
    path.write_text("")
    path.chmod(0o644)
    history, why_not = keyboard._history()
    history.append_string("select 1;")
    assert why_not == "" and path.stat().st_mode & 0o777 == 0o600
    assert "select 1;" in path.read_text()
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("in the way")
    history, why_not = keyboard._history()
    history.append_string("select 1;")
    assert "not kept" in why_not
