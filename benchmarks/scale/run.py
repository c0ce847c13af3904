"""Measures one company: first load, the other ways on its lake, the night, and the rebuild that it must equal."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.scale import compare, machine
from benchmarks.scale.company import FIRST_AS_OF, NIGHT_AS_OF, Company, write_history, write_night
from benchmarks.scale.inputs import Inputs
from benchmarks.scale.measure import measured
from pipelines.settings import PROJECT_ROOT

# By part of a run, what compares its result with the release of the first load.
OTHER_WAYS: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "limit": compare.same_limit,
    "build": compare.same_build,
    "spine": compare.same_spine,
    "pandas": compare.same_pandas,
}
NIGHT = "night"
PARTS = (*OTHER_WAYS, NIGHT)


@dataclass
class Run:
    """Measures one company of a size in a folder of its own. `result` grows with the run, as plain data.

    `is_refreshed`: with whole refreshes. Without, files are landed and the three tables built, and nothing else.
    """

    company: Company
    folder: Path
    is_refreshed: bool = True
    result: dict[str, Any] = field(default_factory=dict)

    def all(self, parts: Collection[str]) -> dict[str, Any]:
        """Measure. Raises SystemExit where something fails or two ways come to different numbers."""
        self.result = {
            "lines": self.company.lines,
            "seed": self.company.seed,
            "machine": machine.facts(),
            "measured": {},
            "equal": {},
        }
        home = self.folder / "first"
        with self.said(f"writing a company of {self.company.clients:,} clients"):
            rows = write_history(self.company, home / "inbox")
        self.result["rows"] = {
            "invoice_lines": rows["invoice_lines"],
            "all": sum(rows.values()),
            "clients": self.company.clients,
        }
        self.result["files_bytes"] = sum(file.stat().st_size for file in (home / "inbox").iterdir())
        inputs = Inputs.of(home, FIRST_AS_OF)
        if self.is_refreshed:
            self.refresh("first", inputs)
            marts = home / "current"
        else:
            marts = self.folder / "marts"
            self.measure("land", "land", inputs, self.folder)
            self.measure("build", "build", inputs, marts)
        for name in OTHER_WAYS:
            if name in parts and name not in self.result["measured"]:
                self.other_way(name, inputs, marts)
        if NIGHT in parts and self.is_refreshed:
            self.night(home)
        self.result["machine"]["load_after"] = round(os.getloadavg()[0], 1)
        return self.result

    def other_way(self, name: str, inputs: Inputs, marts: Path) -> None:
        """Measure another way of computing the tables, and compare what it comes to with the marts of a release."""
        target = self.folder / name
        self.measure(name, name, inputs, target)
        with self.said(f"comparing {name}"):
            self.result["equal"][name] = OTHER_WAYS[name](target, marts)
        shutil.rmtree(target) if target.is_dir() else target.unlink()

    def night(self, home: Path) -> None:
        """One day more on top of the first load, and all files at once in an empty home."""
        new = write_night(self.company, home / "inbox")
        self.result["rows"]["night_invoice_lines"] = new.get("invoice_lines", 0)
        self.result["rows"]["night_all"] = sum(new.values())
        self.refresh("night", Inputs.of(home, NIGHT_AS_OF))
        rebuilt = self.folder / "rebuilt"
        (rebuilt / "inbox").mkdir(parents=True)
        for file in (home / "inbox").iterdir():
            os.link(file, rebuilt / "inbox" / file.name)
        self.refresh("rebuild", Inputs.of(rebuilt, NIGHT_AS_OF))
        with self.said("comparing the night with the rebuild"):
            self.result["equal"]["night"] = compare.same_marts(home / "current", rebuilt / "current")

    def refresh(self, name: str, inputs: Inputs) -> None:
        """Measure a refresh."""
        self.measure(name, "refresh", inputs, self.folder)
        warehouse = inputs.home / "current" / "warehouse.duckdb"
        self.result["measured"][name]["warehouse_bytes"] = warehouse.stat().st_size

    def measure(self, name: str, what: str, inputs: Inputs, target: Path) -> None:
        """Run one of `child.WHAT` in a process of its own."""
        with self.said(f"measuring {name}"):
            command = [sys.executable, "-m", "benchmarks.scale.child", what, str(target), inputs.text()]
            found = measured(command, PROJECT_ROOT)
            used = f"{found.whole.cpu_s:.1f} s of the processor, {found.whole.peak_bytes / 1e9:.1f} GB"
            print(f": {used}", end="")
        steps = {step: asdict(usage) for step, usage in found.steps.items()}
        self.result["measured"][name] = {**asdict(found.whole), "steps": steps}

    @contextmanager
    def said(self, what: str) -> Iterator[None]:
        """Tells what is under way, and how long it took."""
        begun = time.monotonic()
        print(f"{self.company.lines:>13,} lines: {what}", end="", flush=True)
        yield
        print(f", {time.monotonic() - begun:.1f} s", flush=True)
