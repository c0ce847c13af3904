"""How long `tenure explain` takes for every company-level number of a home. The promise: under 2 s each on the demo.

python benchmarks/explain.py [--home data/demo]
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from pipelines.explain.catalogue import METRICS
from pipelines.settings import PROJECT_ROOT


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, default=PROJECT_ROOT / "data" / "demo")
    home = parser.parse_args().home
    taken = {}
    for name in METRICS:
        started = time.perf_counter()
        # A process of its own, as a person at a terminal pays it: Python, the imports and the answer.
        subprocess.run(
            [sys.executable, "-m", "pipelines", "explain", name, "--home", str(home)], check=True, capture_output=True
        )
        taken[name] = time.perf_counter() - started
        print(f"{taken[name]:5.2f} s  {name}")
    slowest = max(taken, key=lambda name: taken[name])
    print(f"slowest: {slowest}, {taken[slowest]:.2f} s; mean {sum(taken.values()) / len(taken):.2f} s")


if __name__ == "__main__":
    main()
