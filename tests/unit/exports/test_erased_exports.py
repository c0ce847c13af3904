"""A person who is erased goes from exported files too, and every file verifies as it did before."""

import datetime as dt
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest

from pipelines.doctor.contents import look_at_release
from pipelines.doctor.diagnosis import State
from pipelines.engine import CONFIG
from pipelines.errors import UserError
from pipelines.exports.verify import Status, verify
from pipelines.privacy.files import DRAFT
from pipelines.privacy.kept_files import KeptFiles
from pipelines.settings import Settings
from tests.unit.exports.seven_clients import cells_of_database, sheets

NOW = dt.datetime(2026, 9, 30, tzinfo=dt.UTC)
SAID, INSTEAD = "about c3", "(erased)"  # in a reason of leaving, of a client of am1
FILES = ("finance.xlsx", "parquet/fct_churn.parquet", "extracts/am1.duckdb", "extracts/am1.xlsx")


def sweep(settings: Settings) -> dict[str, int]:
    return KeptFiles(settings, {}, {SAID: INSTEAD}, NOW).sweep()


def content_of(path: Path) -> str:
    """Whatever a file holds, unpacked, in lower case."""
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist()).lower()
    if path.suffix == ".duckdb":
        return str(cells_of_database(path)).lower() + path.read_bytes().decode("latin-1").lower()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as parts:
            return "".join(parts.read(part).decode() for part in parts.namelist()).lower()
    return path.read_bytes().decode("latin-1").lower()


def problems(settings: Settings) -> list[str]:
    """What the doctor has against the home's releases, and what no longer verifies."""
    told = [line.found for line in look_at_release(settings, is_deep=True) if line.state is State.BAD]
    exported = [path for path in settings.releases.glob("*/exports/**/*.*") if path.name != "exports.json"]
    assert len(exported) > 20
    verdicts = [verify(path) for path in exported]
    return told + [str(verdict) for verdict in verdicts if verdict.status is not Status.INTACT]


def test_each_file_that_names_the_person_is_written_anew_and_verifies(settings: Settings) -> None:
    churn = sheets(settings.current / "exports" / "finance.xlsx")["Churn"]
    found = sweep(settings)
    assert set(found) == {
        *(f"releases/{folder.name}/warehouse.duckdb" for folder in settings.releases.iterdir()),
        *(f"releases/{folder.name}/exports/{name}" for folder in settings.releases.iterdir() for name in FILES),
    }
    kept = [path for path in settings.home.rglob("*") if path.is_file()]
    assert not [path for path in kept if SAID in content_of(path)]
    assert problems(settings) == []
    assert {path.stat().st_mode & 0o777 for path in settings.releases.rglob("*") if path.is_file()} == {0o444}
    changed = sheets(settings.current / "exports" / "finance.xlsx")["Churn"]
    assert [row for row in changed if row not in churn] == [
        [INSTEAD.join(cell.split(SAID)) if isinstance(cell, str) else cell for cell in row]
        for row in churn
        if any(SAID in str(cell) for cell in row)
    ]
    assert sweep(settings) == {}


def test_an_extract_stays_as_small_as_it_was(settings: Settings) -> None:
    extract = settings.current / "exports" / "extracts" / "am1.duckdb"
    before = extract.stat().st_size
    sweep(settings)
    assert extract.stat().st_size < 1.5 * before  # DuckDB's usual blocks would make it ten times as large


@pytest.mark.slow
def test_what_was_edited_stays_edited_and_what_was_saved_again_stays_so(settings: Settings, out: Path) -> None:
    by_hand = Path(shutil.copytree(out, settings.home / "exports" / "r1"))
    alone = settings.home / "sent.xlsx"
    shutil.copy(by_hand / "finance.xlsx", alone)
    book = openpyxl.load_workbook(by_hand / "finance.xlsx")
    book["Churn"]["E3"].value = 1
    book.save(by_hand / "finance.xlsx")
    openpyxl.load_workbook(by_hand / "extracts" / "am1.xlsx").save(by_hand / "extracts" / "am1.xlsx")
    with duckdb.connect(str(by_hand / "extracts" / "am1.duckdb"), config=CONFIG) as connection:
        connection.execute("update marts.fct_arr set arr_cc = 0 where client_id = 'c1'")
    expected = {
        alone: Status.INTACT,
        by_hand / "finance.xlsx": Status.EDITED,
        by_hand / "extracts" / "am1.xlsx": Status.SAVED_AGAIN,
        by_hand / "extracts" / "am1.duckdb": Status.EDITED,
        by_hand / "parquet" / "fct_churn.parquet": Status.INTACT,
    }
    before = {path: verify(path) for path in expected}
    sweep(settings)
    assert {path: verify(path).status for path in expected} == expected
    assert all({*said.findings} <= {*verify(path).findings} for path, said in before.items())
    assert not [path for path in expected if SAID in content_of(path)]


class Died(Exception):
    """Stands for the power cut."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "passed"),
    [("warehouse.duckdb", 0), ("am1.duckdb", 0), ("finance.xlsx", 0), ("manifest.json", 2), ("exports.json", 1)],
)
def test_killed_anywhere_it_completes_when_run_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, target: str, passed: int
) -> None:
    """And so it does when it is killed once more, at whatever it replaces first.

    DuckDB writes other bytes each time, and the hash of the draft that was left already stands in the listings.
    """
    dies_replacing(monkeypatch, settings, target, passed)
    dies_replacing(monkeypatch, settings, "", 0)
    sweep(settings)
    assert problems(settings) == []
    assert not [path for path in settings.home.rglob("*") if path.is_file() and SAID in content_of(path)]
    assert not [*settings.home.rglob(f"{DRAFT}*")]


def dies_replacing(monkeypatch: pytest.MonkeyPatch, settings: Settings, target: str, passed: int) -> None:
    """A sweep that dies when it replaces a file whose name ends so, after having replaced `passed` of them."""
    replace: Callable[[Path, Path], Path] = Path.replace
    seen = []

    def dies(source: Path, to: Path) -> Path:
        if Path(to).name.endswith(target):
            seen.append(to)
            if len(seen) > passed:
                raise Died
        return replace(source, to)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", dies)
        with pytest.raises(Died):
            sweep(settings)


def test_a_file_that_cannot_be_read_is_named_and_not_passed_over(settings: Settings) -> None:
    broken = settings.home / "exports" / "cut.parquet"
    broken.parent.mkdir()
    broken.write_bytes(b"PAR1")
    with pytest.raises(UserError, match="cannot be searched") as error:
        sweep(settings)
    assert error.value.where == str(broken)
