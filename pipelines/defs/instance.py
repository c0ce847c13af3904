"""The Dagster instance of a home: `<home>/dagster`, SQLite, no telemetry."""

import os
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
# SQLite with connections that stay open; files and tables are Dagster's own.
event_log_storage:
  module: pipelines.defs.event_log
  class: OpenSqliteEventLogStorage
"""


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

    return DagsterInstance.from_config(str(prepare_dagster_home(settings)))
