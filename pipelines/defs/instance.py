"""The Dagster instance of a home: `<home>/dagster`, SQLite (or PostgreSQL by setting), no telemetry."""

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from pipelines.errors import UserError
from pipelines.release.files import write_durably
from pipelines.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

DAGSTER_YAML = """\
# Written by `tenure`, and kept up to date while it is as written. Change it as you like: then it is yours.
telemetry:
  enabled: false
# No invitation to newsletters over the pages.
nux:
  enabled: false
# Steps report through the event log; copying the console of each step would start a process a step.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
# Runs that take too long are ended (tag dagster/max_runtime).
run_monitoring:
  enabled: true
# One writer at a time: a run waits in the queue while another run holds a place in its pool.
concurrency:
  pools:
    default_limit: 1
    granularity: run
freshness:
  enabled: true
"""
SQLITE_YAML = """\
# SQLite with connections that stay open; files and tables are Dagster's own.
event_log_storage:
  module: pipelines.defs.event_log
  class: OpenSqliteEventLogStorage
"""
# The variable's name only: the URL holds a password.
POSTGRES_YAML = """\
storage:
  custom:
    module: pipelines.defs.postgres_storage
    class: Psycopg2Storage
    config:
      postgres_url:
        env: {variable}
"""
SIGNATURE = "# as written: "
# Whole files that were written before files were signed.
UNSIGNED = frozenset(
    {
        "b50aadc2fcac0e7cd676137ebbceaed7902f963445dd89fb4541ef6ff558580e",
        "126356ab2bfc2ccb76c829a735cccb8fe2f886c174cafd14c672db37bbc447b0",
    }
)


def prepare_dagster_home(settings: Settings) -> Path:
    """Make the home's Dagster folder, and the one this process and its children use. Returns it."""
    folder = settings.dagster
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder / "dagster.yaml", dagster_yaml(settings))
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    return folder


def dagster_yaml(settings: Settings) -> str:
    """What `dagster.yaml` says under these settings, without the signature."""
    variable = settings.dagster_postgres_url_from
    return DAGSTER_YAML + (POSTGRES_YAML.format(variable=variable) if variable else SQLITE_YAML)


def write_config(path: Path, text: str) -> None:
    """Write the file where it is missing or as an earlier version wrote it. What a person changed is left alone."""
    try:
        before = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        before = ""
    after = signed(text)
    if before != after and (not before or is_as_written(before)):
        write_durably(path, after.encode())


def signed(text: str) -> str:
    """The text as it stands in a file, with the signature that tells whether a person changed it."""
    return text + SIGNATURE + _sha256(text) + "\n"


def is_as_written(content: str) -> bool:
    """Whether a file is byte for byte what a version of this program wrote."""
    text, found, digest = content.rpartition(SIGNATURE)
    return _sha256(content) in UNSIGNED or (bool(found) and digest.strip() == _sha256(text))


def open_instance(settings: Settings) -> "DagsterInstance":
    """The instance every refresh of the home records its run in; use as a context manager.

    Raises UserError where its PostgreSQL cannot be reached.
    """
    from dagster import DagsterInstance

    if settings.dagster_postgres_url_from:
        from pipelines.defs.postgres import server_version

        server_version(settings)  # a clear message instead of Dagster's, before it waits and tries again
    folder = prepare_dagster_home(settings)
    # Dagster makes its tables where they are missing; two processes that do so at once leave them unusable.
    with FileLock(folder / "open.lock"):
        return DagsterInstance.from_config(str(folder))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":  # before Dagster's own services start, which read the file and would make the tables at once
    from pipelines.settings import load_settings

    try:
        open_instance(load_settings()).dispose()
    except UserError as error:
        sys.exit(str(error))
