"""The Dagster instance of a home: `<home>/dagster`, SQLite, no telemetry."""

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

DAGSTER_YAML = """\
# Written by `tenure` when it is missing; change it as you like.
telemetry:
  enabled: false
# Steps report through the event log; copying the console of each step would start a process a step.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""

_OPEN: dict[str, sqlite3.Connection] = {}


def prepare_dagster_home(settings: Settings) -> Path:
    """Make the home's Dagster folder, and the one this process and its children use. Returns it."""
    folder = settings.dagster
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dagster.yaml"
    if not config.exists():
        config.write_text(DAGSTER_YAML, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    return folder


def open_instance(settings: Settings) -> "DagsterInstance":
    """The instance every refresh of the home records its run in; use as a context manager."""
    from dagster import DagsterInstance
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    folder = prepare_dagster_home(settings)
    if not event.contains(Engine, "connect", _spare_the_disk):
        event.listen(Engine, "connect", _spare_the_disk)
    return DagsterInstance.from_config(str(folder))


def _spare_the_disk(connection: sqlite3.Connection, record: object) -> None:
    """Let SQLite write a run's events without waiting for the disk at each of them.

    Dagster opens and closes a connection an event; the last one to close moves the journal into the database and waits
    for the disk. A second connection that stays open halves the time (55 to 27 ms an event on a busy machine). With a
    write-ahead journal NORMAL is safe: a power cut can lose the last events, not damage the file.
    """
    connection.execute("pragma synchronous = normal")
    file = connection.execute("pragma database_list").fetchone()[2]
    if file and file not in _OPEN:
        _OPEN[file] = sqlite3.connect(file, check_same_thread=False)
        _OPEN[file].execute("select 1 from sqlite_master").fetchall()
