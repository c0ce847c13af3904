"""Superset for tests: installed once into a folder of its own, started as its guide says, asked through its own API."""

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.printed import block

LOCK = Path(__file__).with_name("superset.lock")
GUIDE = "docs/bi/superset.md"
WAIT = 300  # seconds for its start on a machine with much else to do


def programs() -> Path:
    """The `bin` of an environment with Superset in it, made where there is none for this lock yet (750 MB)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tenure-tests"
    name = f"superset-{sys.version_info.minor}-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    folder, done = cache / name, cache / name / "installed"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
            installed = subprocess.run(
                [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--quiet",
                 "--disable-pip-version-check", "--no-compile", "--no-deps", "--require-hashes", "-r", LOCK],
                stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            assert installed.returncode == 0, installed.stderr[-4000:]
            done.touch()
    return folder / "bin"


class Superset:
    """A signed-in user of a running Superset."""

    def __init__(self, address: str, password: str) -> None:
        self._address = address
        self._session = requests.Session()
        self._session.headers["Referer"] = address
        token = self.post("security/login", username="admin", password=password, provider="db")["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._session.headers["X-CSRFToken"] = self.get("security/csrf_token/")["result"]

    def get(self, path: str) -> Any:
        return _answer(self._session.get(f"{self._address}/api/v1/{path}", timeout=WAIT))

    def post(self, path: str, **body: Any) -> Any:
        return _answer(self._session.post(f"{self._address}/api/v1/{path}", json=body, timeout=WAIT))

    def add(self, path: str, **body: Any) -> int:
        """Makes a connection or a dataset; its id."""
        return int(self.post(path, **body)["id"])

    def database(self, name: str) -> int:
        """The id of a connection."""
        return next(found["id"] for found in self.get("database/")["result"] if found["database_name"] == name)

    def sql(self, database: int, statement: str) -> list[dict[str, Any]]:
        """What SQL Lab shows. Raises RefusedError with the message that SQL Lab shows."""
        rows: list[dict[str, Any]] = self.post("sqllab/execute/", database_id=database, sql=statement)["data"]
        return rows

    def chart(self, dataset: int, columns: Sequence[str], measure: str, **where: object) -> list[dict[str, Any]]:
        """The rows that a chart of the dataset draws: a measure by columns, filtered."""
        metric = {"expressionType": "SQL", "sqlExpression": measure, "label": "measure"}
        filters = [{"col": column, "op": "==", "val": value} for column, value in where.items()]
        query = {"columns": columns, "metrics": [metric], "filters": filters, "row_limit": 1000}
        source = {"id": dataset, "type": "table"}
        rows: list[dict[str, Any]] = self.post("chart/data", datasource=source, queries=[query])["result"][0]["data"]
        return rows


class RefusedError(Exception):
    """Superset said no; the text is what it said."""


def _answer(response: requests.Response) -> Any:
    if not response.ok:
        raise RefusedError(response.text)
    return response.json()


@contextmanager
def running(environment: dict[str, str], folder: Path) -> Iterator[Superset]:
    """Superset, started by the guide's command."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    with (folder / "superset.log").open("wb") as log:
        server = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", block(GUIDE, "## Every start")],
            env={**environment, "SUPERSET_PORT": str(port)}, cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _wait(server, f"{address}/health", folder / "superset.log")
        yield Superset(address, environment["SUPERSET_ADMIN_PASSWORD"])
    finally:
        server.send_signal(signal.SIGINT)  # at once, whatever connections are open
        server.wait(timeout=60)


def _wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + WAIT
    while time.monotonic() < end and server.poll() is None:
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.RequestException:  # it listens before it answers
            time.sleep(0.3)
    raise AssertionError(f"Superset did not start:\n{log.read_text(errors='replace')[-4000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
