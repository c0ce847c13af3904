"""How long the demo company takes to write, and how large it is. The promise: under 5 s, under 60 MB.

python benchmarks/demo_generation.py
"""

import datetime as dt
import tempfile
import time
from pathlib import Path

from pipelines.demo import write_demo


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for attempt in range(3):
            started, cpu_started = time.perf_counter(), time.process_time()
            summary = write_demo(Path(folder) / str(attempt), dt.date(2026, 10, 31))
            elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu_started
            rows = sum(file.rows for file in summary.files)
            print(f"{elapsed:5.2f} s wall, {cpu:5.2f} s processor, {rows:,} rows, {summary.size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
