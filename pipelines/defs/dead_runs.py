"""Runs whose process is gone: killed, out of memory, the machine restarted. Dagster would take them for alive.

A run that seems to be at work keeps the one place of the pool, and so the next night's run in the queue. Each run says
which process it is (tags); where that process is no more, the run is failed.
"""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import DagsterInstance

HOST_TAG, PROCESS_TAG = "tenure/host", "tenure/process"
STARTED_AT = 19  # field of /proc/<pid>/stat after the program's name: when it started, in ticks since the boot
REASON = "The process of this run is gone (killed, or the machine restarted). Nothing was published by it after that."


def process_tags() -> dict[str, str]:
    """Tags that say which process this is."""
    return {HOST_TAG: socket.gethostname(), PROCESS_TAG: f"{os.getpid()}@{_birth(os.getpid())}"}


def fail_dead_runs(instance: "DagsterInstance") -> list[str]:
    """Mark runs as failed that say they are at work on this machine and are not. Returns their ids."""
    from dagster import DagsterRunStatus, RunsFilter

    at_work = [DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
    dead = [run for run in instance.get_runs(RunsFilter(statuses=at_work)) if is_dead(run.tags)]
    for run in dead:
        instance.report_run_failed(run, REASON)
    return [run.run_id for run in dead]


def is_dead(tags: Mapping[str, str]) -> bool:
    """Whether the process named by a run's tags is surely no more; a run without tags, or elsewhere, is not judged."""
    pid, _, birth = tags.get(PROCESS_TAG, "").partition("@")
    if tags.get(HOST_TAG) != socket.gethostname() or not pid:
        return False
    return _birth(int(pid)) != birth


def _birth(pid: int) -> str:
    """What tells a process from a later one of the same number; empty where there is none."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}.{Path(f'/proc/{pid}/stat').read_text('utf-8').rpartition(')')[2].split()[STARTED_AT]}"
    except FileNotFoundError:
        return "" if Path("/proc/self").exists() or not _is_alive(pid) else "alive"  # no /proc: the number must do


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
