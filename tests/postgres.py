"""A real PostgreSQL for tests: made, started and thrown away by the test itself, as a user without rights.

The fixture `postgres` (from `tests/conftest.py`): one server a test session; every test takes a database of its own.
Where there are no PostgreSQL programs the test is skipped and says so; in CI it fails.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

ADMIN = "admin"
WAYS_TO_THE_PROGRAMS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
ATTEMPTS = 3  # another process may take the free port before the server does


@dataclass(frozen=True)
class PostgresServer:
    """A running server: on a free loopback port and on a socket in `folder`; every login needs the password."""

    folder: Path
    port: int
    password: str

    def url(self, database: str, user: str = ADMIN, password: str | None = None, is_socket: bool = False) -> str:
        """Such as postgresql://admin:...@127.0.0.1:5433/name; `is_socket`: through the Unix socket instead."""
        who = f"{quote(user)}:{quote(self.password if password is None else password, safe='')}"
        if is_socket:
            return f"postgresql://{who}@/{database}?host={quote(str(self.folder), safe='')}&port={self.port}"
        return f"postgresql://{who}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The name of a new and empty database."""
        name = f"test_{secrets.token_hex(6)}"
        self.run("postgres", f"create database {name}")
        return name

    def run(self, database: str, sql: str) -> list[tuple[object, ...]]:
        """Run one statement as the administrator, outside of any transaction; its rows, if it has any."""
        import psycopg2

        connection = psycopg2.connect(self.url(database))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def log(self) -> str:
        """What the server itself wrote down."""
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server for this test session."""
    programs = _programs()
    if programs is None:
        reason = f"no PostgreSQL here (initdb in {', '.join(WAYS_TO_THE_PROGRAMS)} or on the PATH): install postgresql"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    # Not below pytest's own folders: those are closed to the user who runs the server.
    folder = Path(tempfile.mkdtemp(prefix="tenure-postgres-"))
    try:
        _give(folder)
        yield _started(programs, folder)
    finally:
        _control(programs, folder, "stop", "--mode=immediate", check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """The newest folder with `initdb` and `pg_ctl`; None where there is none."""
    found = [path for way in WAYS_TO_THE_PROGRAMS for path in Path("/").glob(f"{way[1:]}/initdb")]
    on_path = shutil.which("initdb")
    found = sorted(
        found, key=lambda path: [int(part) for part in path.parts[-3].split("-")[-1].split(".") if part.isdigit()]
    )
    found += [Path(on_path)] if on_path and not found else []
    return found[-1].parent if found else None


def _started(programs: Path, folder: Path) -> PostgresServer:
    password = secrets.token_urlsafe(18)
    password_file = folder / "password"
    password_file.write_text(password, encoding="ascii")
    _give(password_file)
    _as_owner(
        [programs / "initdb", "-D", folder / "data", "-U", ADMIN, "--pwfile", password_file, "--auth=scram-sha-256",
         "-E", "UTF8", "--locale=C", "--no-sync"],
    )  # fmt: skip
    for attempt in range(1, ATTEMPTS + 1):
        port = _free_port()
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        started = _control(programs, folder, "start", "--wait", "-o", options, check=False)
        if started.returncode == 0:
            return PostgresServer(folder, port, password)
        if attempt == ATTEMPTS:
            raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'server.log').read_text(errors='replace')}")
    raise AssertionError("unreachable")


def _control(programs: Path, folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    command = [programs / "pg_ctl", "-D", folder / "data", "-l", folder / "server.log", *arguments]
    return _as_owner(command, check)


def _as_owner(command: list[str | Path], check: bool = True) -> subprocess.CompletedProcess[bytes]:
    """Run it as this user, or as another one where this user is root: PostgreSQL refuses to run with root's rights."""
    owner = _owner()
    # To no pipe: the server that pg_ctl leaves behind would hold it open.
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    if owner is not None:
        quiet |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    return subprocess.run([str(part) for part in command], check=check, timeout=120, **quiet)


def _give(path: Path) -> None:
    owner = _owner()
    if owner is not None:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _owner() -> pwd.struct_passwd | None:
    """Who runs the server where this user is root; None where this user runs it."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
