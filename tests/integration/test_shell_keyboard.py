"""`tenure shell` as a person uses it: typed into a real terminal."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pexpect
import pytest

from tests.small_company import command, environment

PROMPT, GOES_ON = "tenure>", r"\.\.\.>"
PATIENCE = 60  # seconds; a machine that tests run on may be busy
CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x1b[A"


def publish(home: Path, release_id: str) -> None:
    folder = home / "releases" / release_id
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(f"""create schema marts;
            create table marts.dim_clients as select 'client-' || i as client_id, '{release_id}' as made_by
            from range(1, 101) as t(i)""")
    (folder / "manifest.json").write_text(f'{{"release_id": "{release_id}"}}')
    link = home / "new"
    link.symlink_to(folder)
    link.replace(home / "current")


def hear_ctrl_c() -> None:
    """A terminal's shell lets its programs hear it; tests that run in the background have it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def typing_into(tmp_path: Path) -> Iterator[Callable[..., pexpect.spawn]]:
    """Starts a shell in a terminal of 100 columns and 30 lines, whose pager is `cat`."""
    opened: list[pexpect.spawn] = []
    publish(tmp_path, "first-release")
    # The terminal of a test answers no question of where its cursor is.
    given = {"XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "PAGER": "cat"}

    def start(*arguments: str) -> pexpect.spawn:
        program, *rest = command("shell", "--home", str(tmp_path), *arguments)
        child = pexpect.spawn(
            program, rest, env=environment(**given), dimensions=(30, 100), timeout=PATIENCE, encoding="utf-8",
            preexec_fn=hear_ctrl_c,
        )  # fmt: skip
        opened.append(child)
        child.expect("Statements end with ;")
        child.expect(PROMPT)
        return child

    yield start
    for child in opened:
        child.close(force=True)


def ended_with(child: pexpect.spawn) -> int:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def test_a_person_asks_over_several_lines_stops_a_statement_and_finds_it_all_again(
    typing_into: Callable[..., pexpect.spawn], tmp_path: Path
) -> None:
    child = typing_into()
    child.send("select count(*) as clients\r")
    child.expect(GOES_ON)
    child.send("from marts.dim_clients;\r")
    child.expect(r"clients\r\n─+\r\n +100\r\n")
    child.expect("1 row, ")
    child.expect(PROMPT)

    child.send("select count(*) from range(1000000000000) as t(i) where hash(i) % 7 = 1;\r")
    child.expect(pexpect.TIMEOUT, timeout=3)  # it is at work
    child.send(CTRL_C)
    child.expect("stopped")
    child.expect(PROMPT)
    child.send("select nothing;\r")
    child.expect("Binder Error")
    child.expect(PROMPT)

    child.send("select client_id from marts.dim_clients order by all;\r")
    child.expect("client-99\r\n")  # longer than the terminal: the pager shows all of it
    child.expect("100 rows, ")
    child.expect(PROMPT)
    child.send("select 1,\r")
    child.expect(GOES_ON)
    child.send(CTRL_C)
    child.expect(PROMPT)

    publish(tmp_path, "second-release")
    child.send("select distinct made_by from marts.dim_clients;\r")
    child.expect(r"made_by\r\n─+\r\nfirst-release\r\n")
    child.expect("second-release is the current release now")
    child.expect(PROMPT)
    child.send("\\reopen\r")
    child.expect("release second-release")
    child.expect(PROMPT)
    child.send("select distinct made_by from marts.dim_clients;\r")
    child.expect(r"made_by\r\n─+\r\nsecond-release\r\n")
    child.expect(PROMPT)
    child.send(CTRL_D)
    assert ended_with(child) == 0

    assert (tmp_path / "state" / "tenure" / "shell_history").stat().st_mode & 0o777 == 0o600
    again = typing_into()
    again.send(UP + "\r")
    again.expect(r"made_by\r\n─+\r\nsecond-release\r\n")
    again.expect(PROMPT)
    again.send("\\q\r")
    assert ended_with(again) == 0


@pytest.mark.slow
def test_tab_completes_and_enter_takes_the_completion_without_sending(
    typing_into: Callable[..., pexpect.spawn],
) -> None:
    child = typing_into()
    child.send("select count(*) as n from dim")
    child.expect(pexpect.TIMEOUT, timeout=2)  # a person is not as quick as the menu that comes up meanwhile
    child.send("\t")
    child.expect("marts.dim_clients")
    child.send("\r")
    child.expect(pexpect.TIMEOUT, timeout=1)
    child.send(";\r")
    child.expect(r" n\r\n─+\r\n100\r\n")
    child.expect(PROMPT)
    child.send("\\q\r")
    assert ended_with(child) == 0


@pytest.mark.slow
def test_a_shell_whose_answers_nobody_can_see_says_so(
    typing_into: Callable[..., pexpect.spawn], tmp_path: Path
) -> None:
    line = f"{sys.executable} -m pipelines shell --home {tmp_path} > {tmp_path}/out"
    status = pexpect.run(f"sh -c '{line}'", env=environment(), withexitstatus=True, timeout=PATIENCE)
    assert status[1] == 2 and b"standard output is none" in status[0]
