"""The same seed, end and number of clients give the same bytes, whatever the process, locale or hash seed."""

import datetime as dt
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from pipelines.demo import write_demo
from pipelines.settings import PROJECT_ROOT

_SMALL = "import datetime as dt, sys, pathlib; from pipelines.demo import write_demo; "
_SMALL += "write_demo(pathlib.Path(sys.argv[1]), dt.date(2025, 2, 28), seed=3, clients=20)"


def _digest(inbox: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(inbox.iterdir())}


def _digest_of_process(inbox: Path, **environment: str) -> dict[str, str]:
    subprocess.run(
        [sys.executable, "-c", _SMALL, str(inbox)], check=True, cwd=PROJECT_ROOT, env=os.environ | environment
    )
    return _digest(inbox)


def test_bytes_do_not_depend_on_the_process(tmp_path: Path) -> None:
    one = _digest_of_process(tmp_path / "one", PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")
    two = _digest_of_process(tmp_path / "two", PYTHONHASHSEED="2", TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
    assert one == two


def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    end = dt.date(2025, 2, 28)
    write_demo(tmp_path / "three", end, seed=3, clients=20)
    write_demo(tmp_path / "four", end, seed=4, clients=20)
    three, four = _digest(tmp_path / "three"), _digest(tmp_path / "four")
    assert three.keys() == four.keys()
    # Only what belongs to no client is the same in both: rates, holidays and the company's mappings.
    same = {name for name in three if three[name] == four[name]}
    mappings = {
        "map_products.csv",
        "map_churn_reasons.csv",
        "map_credit_reasons.csv",
        "map_titles.csv",
        "map_values.csv",
    }
    assert same - {"map_accounts.csv"} == mappings | {"public_holidays.csv", "eurofxref-hist.csv"}
