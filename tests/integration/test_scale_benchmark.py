"""The benchmark of sizes runs, and all its ways of computing come to the numbers of the marts.

Whole refreshes, and the night that must equal a rebuild, are left to the benchmark itself: three of them take minutes.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.scale.company import Company, write_history, write_night
from pipelines.settings import PROJECT_ROOT

LINES = 2000


@pytest.mark.slow
def test_a_tiny_company_is_measured_and_all_ways_agree(tmp_path: Path) -> None:
    run = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.scale", "--lines", str(LINES)),
            *("--without-refresh", "--home", tmp_path / "homes", "--results", tmp_path / "results"),
        ],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    result = json.loads((tmp_path / "results" / f"scale_{LINES}.json").read_text("utf-8"))
    assert {*result["measured"]} == {"land", "build", "limit", "spine", "pandas"}
    assert {*result["equal"]} == {
        "limit",
        "spine",
        "pandas",
    }  # each with the build; a difference would have ended the run
    assert all(each["cpu_s"] > 0 and each["peak_bytes"] > 30e6 for each in result["measured"].values())
    assert "dbt's build of the same tables" in run.stdout
    assert not [*(tmp_path / "homes").iterdir()]


def test_a_company_is_made_of_its_size_and_seed_alone(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("again", 7), ("other", 8)):
        write_history(Company(LINES, seed), tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    same = [name for name in files if is_same(tmp_path, name, "again")]
    assert same == files
    assert not is_same(tmp_path, "invoice_lines_2025_000.csv", "other")


def test_a_night_brings_new_invoices_and_those_that_were_paid(tmp_path: Path) -> None:
    company = Company(20 * LINES)
    history, night = write_history(company, tmp_path), write_night(company, tmp_path)
    assert 0 < night["invoice_lines"] < history["invoice_lines"] / 500
    known, told = keys_of(tmp_path, "invoices_2*"), keys_of(tmp_path, "invoices_night_*")
    assert told - known
    assert told & known


def is_same(folder: Path, name: str, other: str) -> bool:
    return (folder / "one" / name).read_bytes() == (folder / other / name).read_bytes()


def keys_of(folder: Path, pattern: str) -> set[str]:
    lines = [line for path in folder.glob(f"{pattern}.csv") for line in path.read_text("utf-8").splitlines()[1:]]
    return {line.partition(",")[0] for line in lines}
