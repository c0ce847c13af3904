"""The demo company's refresh from command to release, by step: the overhead that no company is spared."""

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.scale import machine
from benchmarks.scale.inputs import Inputs
from benchmarks.scale.measure import measured
from pipelines.settings import PROJECT_ROOT, load_settings

END = dt.date(2026, 10, 31)
REPEATS = 3


def measure_demo(folder: Path) -> dict[str, Any]:
    """The quickest of some refreshes, each of a new home: what else the machine does only adds."""
    import sys

    from pipelines.demo.home import write_demo_home

    runs = []
    for number in range(REPEATS):
        home = folder / str(number)
        write_demo_home(load_settings(home), END, 7, 300)
        command = [sys.executable, "-m", "benchmarks.scale.child", "refresh", str(folder), Inputs.of(home, END).text()]
        runs.append(measured(command, PROJECT_ROOT))
        print(
            f"the demo company: {runs[-1].whole.wall_s:.1f} s, {runs[-1].whole.cpu_s:.1f} s of the processor",
            flush=True,
        )
    best = min(runs, key=lambda run: run.whole.wall_s)
    steps = {step: asdict(usage) for step, usage in best.steps.items()}
    return {"lines": "demo", "machine": machine.facts(), "measured": {"first": {**asdict(best.whole), "steps": steps}}}
