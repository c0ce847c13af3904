"""How time and memory grow with a company's invoice lines, beside the limit and what people would do else.

    python -m benchmarks.scale --lines 10000,1000000 [--only limit,night] [--home DIR] [--keep] [--results DIR]

For each size a company is written (`company.py`), then measured, each in processes of its own:

first     the first load: `tenure refresh` of all files into an empty home, by step
limit     one hand-written DuckDB script (`limit.sql`) from the landed Parquet to ARR, movements, company retention
build     dbt's build of the same tables, with all they stand on and their tests
spine     the way of dbt-labs' mrr-playbook (`spine.sql`)
pandas    the same tables in pandas (`in_pandas.py`)
night     one day of new files on top of the first load; then all files into another home: all marts must be equal

With --without-refresh there is no first load and no night: the files are landed and the three tables are built, and the
other ways are compared with that build. For sizes whose whole refresh would take too long.

dbt's plan is made before anything is measured: a release of Tenure brings a new one, a night does not.
--without-night leaves out the night and its rebuild, for sizes where they take long.
What comes to other numbers than the marts ends the run. Results are kept as JSON, one file a size, where all parts ran.
`--demo` measures the refresh of the demo company instead: its fixed overhead.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from benchmarks.scale.company import Company
from benchmarks.scale.demo import measure_demo
from benchmarks.scale.page import RESULTS, printed
from benchmarks.scale.run import NIGHT, PARTS, Run
from pipelines.warehouse.plan import prepare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", default="10000", help="sizes, in invoice lines: 10000,1000000,10000000")
    parser.add_argument(
        "--only", help=f"parts to measure after the first load, of: {', '.join(PARTS)}; nothing is kept"
    )
    parser.add_argument("--without-refresh", action="store_true", help="land and build the three tables only")
    parser.add_argument("--without-night", action="store_true", help="no night after the first load, and no rebuild")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--demo", action="store_true", help="measure the demo company's refresh")
    parser.add_argument("--home", type=Path, help="where the companies' homes are made; default: a temporary folder")
    parser.add_argument("--keep", action="store_true", help="leave the homes there")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    usual = [part for part in PARTS if part != NIGHT or not options.without_night]
    parts = usual if options.only is None else options.only.split(",")
    unknown = {*parts} - {*PARTS, ""}
    if unknown:
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}")
    base = options.home or Path(tempfile.mkdtemp(prefix="tenure-scale-"))
    prepare()
    results = []
    for size in ["demo"] if options.demo else options.lines.split(","):
        folder = base / size
        if folder.exists():
            parser.error(f"{folder} exists already; the folder is made and removed again")
        folder.mkdir(parents=True)
        try:
            run = Run(Company(0 if options.demo else int(size), options.seed), folder, not options.without_refresh)
            result = measure_demo(folder) if options.demo else run.all(parts)
        finally:
            if not options.keep:
                shutil.rmtree(folder)
        results.append(result)
        if options.only is None:
            options.results.mkdir(parents=True, exist_ok=True)
            (options.results / f"scale_{size}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(printed(results))


if __name__ == "__main__":
    main()
