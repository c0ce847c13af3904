"""Landing against a raw copy of the same CSV to Parquet by DuckDB.

python benchmarks/landing.py [--lines 5000000] [--folder /tmp/landing-benchmark]

The promise: at most 4 times the CPU time of that copy, within 3 GB of memory. The copy reads every cell as text, as the
types DuckDB would guess stop it at the first broken amount (line 100,001), and has the lake's compression; it does not
parse, check or number a row, look for repeats, hash the file or keep its original, which is what landing adds. The same
copy by Polars, the library that landing reads with, is measured too, and nothing is promised of it.

Each side runs in a process of its own; CPU time (user and system) is compared, because wall time also measures what
else the machine is doing.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

LIMIT_RATIO = 4.0
LIMIT_BYTES = 3 * 1024**3
LINES_OF_AN_INVOICE = 4


def write_lines(path: Path, lines: int) -> None:
    """An export of invoice lines: all columns, one line in a hundred with a quoted product, one in 100,000 broken."""
    import polars as pl

    header = "line_id,invoice_id,product,quantity,amount,service_start,service_end,credits_line_id,division,country"
    with path.open("wb") as stream:
        stream.write(f"{header},service_line,job_family,cost\n".encode())
        for start in range(0, lines, 500_000):
            number = pl.int_range(start, min(start + 500_000, lines), eager=True).alias("n")
            n = pl.col("n")
            month = (n % 12 + 1).cast(pl.String).str.zfill(2)
            amount = (n * 7919 % 1_000_000 / 100).cast(pl.Decimal(18, 2)).cast(pl.String)
            frame = number.to_frame().select(
                pl.format("line-{}", n),
                pl.format("invoice-{}", n // LINES_OF_AN_INVOICE).alias("invoice"),
                pl.when(n % 100 == 0).then(pl.lit("Search, retained")).otherwise(pl.lit("Managed service")),
                (n % 40 + 1).cast(pl.String).alias("quantity"),
                pl.when(n % 100_000 == 99_999).then(pl.lit("n/a")).otherwise(amount).alias("amount"),
                pl.format("2025-{}-01", month).alias("service_start"),
                pl.format("2025-{}-28", month).alias("service_end"),
                pl.lit("").alias("credits"),
                pl.format("Division {}", n % 7).alias("division"),
                pl.lit("DE").alias("country"),
                pl.format("Line {}", n % 5).alias("service_line"),
                pl.lit("Engineering").alias("job_family"),
                (n % 977).cast(pl.String).alias("cost"),
            )
            frame.write_csv(stream, include_header=False)


def copy_with_duckdb(source: Path, target: Path) -> None:
    """The limit: every cell as text, written as Parquet with the lake's compression, nothing checked."""
    import duckdb

    rows = duckdb.read_csv(str(source), all_varchar=True, header=True)
    rows.write_parquet(str(target), compression="zstd")


def copy_with_polars(source: Path, target: Path) -> None:
    """The same with Polars."""
    import polars as pl

    pl.read_csv(source, infer_schema=False).write_parquet(target, compression="zstd")


def land(source: Path, home: Path) -> None:
    """What a refresh does with the same file."""
    from pipelines.landing import land as land_inbox
    from pipelines.settings import load_settings

    (home / "inbox").mkdir(parents=True)
    os.link(source, home / "inbox" / source.name)
    receipt = land_inbox(load_settings(home), "benchmark")
    print(*(f"{name} {receipt.total(name):,}" for name in ("rows_read", "rows_landed", "rows_quarantined")), sep="; ")


# How each side is named on the command line, what it writes into the folder, and by which function.
SIDES: dict[str, tuple[str, Callable[[Path, Path], None]]] = {
    "duckdb": ("duckdb.parquet", copy_with_duckdb),
    "polars": ("polars.parquet", copy_with_polars),
    "landing": ("home", land),
}


def measured(*arguments: str) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and peak resident bytes of a process that runs this script with these arguments."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, __file__, *arguments])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/landing-benchmark"))
    parser.add_argument("--side", choices=[*SIDES])
    options = parser.parse_args()
    source = options.folder / "invoice_lines.csv"
    if options.side:
        name, run = SIDES[options.side]
        return run(source, options.folder / name)
    if options.folder.exists():
        parser.error(f"{options.folder} exists already; the folder is made and removed again")
    options.folder.mkdir(parents=True)
    try:
        write_lines(source, options.lines)
        print(f"{options.lines:,} lines, {source.stat().st_size / 1e6:,.0f} MB, {os.cpu_count()} cores")
        compare(options.folder)
    finally:
        shutil.rmtree(options.folder)


def compare(folder: Path) -> None:
    """Measure all sides and print them. Raises SystemExit where the promise does not hold."""
    print(f"{'':12}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}")
    cpu: dict[str, float] = {}
    peak: dict[str, int] = {}
    for side in SIDES:
        wall, cpu[side], peak[side] = measured("--side", side, "--folder", str(folder))
        print(f"{side:12}{wall:9.1f}{cpu[side]:9.1f}{peak[side] / 1e6:9,.0f}")
    ratio = cpu["landing"] / cpu["duckdb"]
    print(f"landing takes {ratio:.2f} times DuckDB's CPU time, {cpu['landing'] / cpu['polars']:.2f} times Polars'")
    if ratio > LIMIT_RATIO or peak["landing"] > LIMIT_BYTES:
        raise SystemExit(f"beyond the promise: at most {LIMIT_RATIO} times, {LIMIT_BYTES / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
