"""What the scheduler costs: loading the definitions, and what the job adds to the sum of its steps.

    python -m benchmarks.start_up [HOME]

HOME is a home with landed files (default: the small company of the tests, in a temporary folder); it is refreshed once
more, by force. Prints seconds and ratios; compare runs on one machine only.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipelines.defs.instance import open_instance
from pipelines.defs.refresh import refresh
from pipelines.defs.run import RefreshRun, SilentReporter
from pipelines.settings import PROJECT_ROOT, Settings, load_settings
from tests.small_company import AS_OF, write_inbox

REPEATS = 3
BUDGET_SECONDS = 5.0
LOAD = "import time; t = time.perf_counter(); import {module}; {then}; print(time.perf_counter() - t)"


def main() -> None:
    """Measure and print."""
    only_dagster = fastest(LOAD.format(module="dagster", then="pass"))
    definitions = fastest(LOAD.format(module="pipelines.definitions as d", then="d.defs().resolve_asset_graph()"))
    out(f"import dagster            {only_dagster:6.2f} s")
    out(f"load the definitions      {definitions:6.2f} s  ({definitions / only_dagster:.1f} x import dagster)")
    with tempfile.TemporaryDirectory() as scratch:
        settings = home_of(Path(scratch))
        begun = time.perf_counter()
        run = refresh(settings, SilentReporter(), is_forced=True)
        whole = time.perf_counter() - begun
        steps = sum(run.seconds.values())
        events = count_events(settings, run)
    verdict = "within" if whole - steps <= BUDGET_SECONDS else "OVER"
    out(f"sum of the steps          {steps:6.2f} s  ({', '.join(f'{k} {v:.1f}' for k, v in run.seconds.items())})")
    out(f"the whole job             {whole:6.2f} s  ({whole / steps:.2f} x the steps, {events} events)")
    out(f"added by the job          {whole - steps:6.2f} s  ({verdict} the budget of {BUDGET_SECONDS:.0f} s)")


def fastest(code: str) -> float:
    """Seconds that a fresh process needs, the best of some."""
    command = [sys.executable, "-c", code]
    runs = [
        subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True) for _ in range(REPEATS)
    ]
    return min(float(run.stdout) for run in runs)


def home_of(scratch: Path) -> Settings:
    """The home to refresh: the one named, or a small one."""
    if len(sys.argv) > 1:
        return load_settings(Path(sys.argv[1]))
    write_inbox(scratch)
    (scratch / "tenure.toml").write_text(f'as_of = "{AS_OF}"\n', encoding="utf-8")
    return load_settings(scratch)


def count_events(settings: Settings, run: RefreshRun) -> int:
    """Events that Dagster keeps of the run."""
    with open_instance(settings) as instance:
        return len(instance.all_logs(run.run_id))


def out(line: str) -> None:
    """One line of the answer."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
