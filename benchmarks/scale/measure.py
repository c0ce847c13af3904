"""Time, processor time and peak memory of a command with all its child processes, also of each of its steps.

A step is a span of time that the command writes into the file named by EVENTS: all processes at work then count for it.
Memory is the sum of what all processes have resident, with shared pages in each of them: an upper bound. Linux only.
"""

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

EVENTS = "SCALE_EVENTS"
INTERVAL_SECONDS = 0.2
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PARENT, FIRST_TIME, LAST_TIME, RESIDENT = 1, 11, 15, 21  # fields of /proc/<pid>/stat after the program's name


@dataclass(frozen=True)
class Usage:
    """Seconds of a clock, seconds of all processors, and the most memory at a time in bytes."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


@dataclass(frozen=True)
class Measured:
    """A command's usage as a whole and by step, and what it printed."""

    whole: Usage
    steps: dict[str, Usage]
    output: str


@dataclass(frozen=True)
class _Sample:
    at: float
    cpu_s: float
    resident: int


def measured(command: Sequence[str], cwd: Path) -> Measured:
    """Runs the command. Raises SystemExit with its output where it fails."""
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as events, tempfile.TemporaryFile("w+") as output:
        begun = time.monotonic()
        process = subprocess.Popen(
            command, cwd=cwd, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, EVENTS: events.name}
        )
        samples = [_Sample(begun, 0.0, 0)]
        ended = threading.Event()
        sampler = threading.Thread(target=_sample, args=(process.pid, samples, ended))
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        over = time.monotonic()
        ended.set()
        sampler.join()
        output.seek(0)
        text = output.read()
        if status:
            raise SystemExit(f"{' '.join(command)} ended with status {os.waitstatus_to_exitcode(status)}:\n{text}")
        cpu_s = usage.ru_utime + usage.ru_stime
        samples.append(_Sample(over, max(cpu_s, samples[-1].cpu_s), 0))
        spans = [json.loads(line) for line in events]
    steps = {span["step"]: _between(samples, span["from"], span["to"]) for span in spans}
    return Measured(_between(samples, begun, over), steps, text)


def write_span(step: str, begun: float, over: float) -> None:
    """The command's end: a step ran from one reading of time.monotonic to another. Nothing where nobody measures."""
    path = os.environ.get(EVENTS)
    if path:
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"step": step, "from": begun, "to": over}) + "\n")


def _sample(pid: int, samples: list[_Sample], ended: threading.Event) -> None:
    """Samples until the end. Processor time never falls: a child that has ended counts in the parent that waited."""
    while not ended.wait(INTERVAL_SECONDS):
        cpu_s, resident = 0.0, 0
        for fields in _processes(pid):
            cpu_s += sum(map(int, fields[FIRST_TIME:LAST_TIME])) / TICKS
            resident += int(fields[RESIDENT]) * PAGE
        samples.append(_Sample(time.monotonic(), max(cpu_s, samples[-1].cpu_s), resident))


def _processes(root: int) -> Iterator[list[str]]:
    """The fields of a process and of all that descend from it."""
    found: dict[int, list[str]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                text = Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
                found[int(entry.name)] = text.rpartition(")")[2].split()
            except OSError:  # it has just ended
                continue
    below: dict[int, list[int]] = {}
    for pid, fields in found.items():
        below.setdefault(int(fields[PARENT]), []).append(pid)
    ahead = [root] if root in found else []
    while ahead:
        pid = ahead.pop()
        yield found[pid]
        ahead += below.get(pid, [])


def _between(samples: Sequence[_Sample], begun: float, over: float) -> Usage:
    within = [sample.resident for sample in samples if begun <= sample.at <= over]
    return Usage(
        wall_s=round(over - begun, 3),
        cpu_s=round(_cpu_at(samples, over) - _cpu_at(samples, begun), 3),
        peak_bytes=max(within, default=0),
    )


def _cpu_at(samples: Sequence[_Sample], at: float) -> float:
    """Between two samples, in proportion to the time."""
    for before, after in pairwise(samples):
        if before.at <= at <= after.at and after.at > before.at:
            return before.cpu_s + (after.cpu_s - before.cpu_s) * (at - before.at) / (after.at - before.at)
    return samples[-1].cpu_s
