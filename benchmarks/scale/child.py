"""What is measured, each in a process of its own: python -m benchmarks.scale.child WHAT TARGET INPUTS"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.scale.inputs import Inputs
from benchmarks.scale.measure import write_span

HERE = Path(__file__).parent
TABLES = ("fct_arr", "fct_arr_movements", "rpt_retention")


@dataclass
class Spans:
    """A reporter of a refresh that writes down when each step began and ended."""

    begun: dict[str, float] = field(default_factory=dict)

    def started(self, step: str) -> None:
        """A step begins."""
        self.begun[step] = time.monotonic()

    def finished(self, step: str, seconds: float, found: str) -> None:
        """A step is done."""
        write_span(step, self.begun[step], time.monotonic())


def refresh(inputs: Inputs, target: Path) -> None:
    """What `tenure refresh` does."""
    from pipelines.defs.refresh import refresh as run_refresh
    from pipelines.settings import load_settings
    from pipelines.terminal import outcome

    print(outcome(run_refresh(load_settings(inputs.home, as_of=inputs.as_of), Spans())))


def land(inputs: Inputs, target: Path) -> None:
    """Landing alone: all that is in the inbox."""
    from pipelines.landing.run import land as run_land
    from pipelines.settings import load_settings

    receipt = run_land(load_settings(inputs.home, as_of=inputs.as_of), "scale")
    bad = [*receipt.refused, *receipt.unknown, *receipt.waiting]
    if bad:
        raise SystemExit("\n".join(str(each) for each in bad))


def build(inputs: Inputs, target: Path) -> None:
    """dbt's build of the three tables, with all they stand on and the tests of it, into the folder `target`."""
    from pipelines.settings import load_settings
    from pipelines.warehouse import build as run_build

    result = run_build(load_settings(inputs.home, as_of=inputs.as_of), target, "scale", only=TABLES)
    bad = [node for node in result.nodes if node.status not in ("success", "pass", "warn")]
    if bad:
        raise SystemExit("\n".join(f"{node.name}: {node.status} {node.message}" for node in bad))


def limit(inputs: Inputs, target: Path) -> None:
    """The hand-written script, into the file `target`."""
    _run_script("limit.sql", inputs, target)


def spine(inputs: Inputs, target: Path) -> None:
    """The way of dbt-labs' mrr-playbook, into the file `target`."""
    _run_script("spine.sql", inputs, target)


def pandas(inputs: Inputs, target: Path) -> None:
    """pandas; its frames as Parquet in the folder `target`."""
    from benchmarks.scale.in_pandas import tables

    target.mkdir()
    for name, frame in tables(inputs).items():
        frame.to_parquet(target / f"{name}.parquet", index=False)


def _run_script(name: str, inputs: Inputs, target: Path) -> None:
    """Runs an SQL script into a new DuckDB file; the inputs are its variables."""
    import duckdb

    with duckdb.connect(str(target)) as connection:
        for variable, value in vars(inputs).items():
            connection.execute(f"set variable {variable} = ?", [str(value) if isinstance(value, Path) else value])
        connection.execute((HERE / name).read_text(encoding="utf-8"))


WHAT: dict[str, Callable[[Inputs, Path], None]] = {
    "refresh": refresh, "land": land, "build": build, "limit": limit, "spine": spine, "pandas": pandas,
}  # fmt: skip

if __name__ == "__main__":
    what, path, inputs = sys.argv[1:]
    WHAT[what](Inputs.parse(inputs), Path(path))
