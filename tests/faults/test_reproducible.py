"""Promise: the same lake gives the same figures, to the last digit, whenever, wherever and in whatever order.

Compared are hashes of all marts, of their types and rows. The company has an export of every system.
"""

import datetime as dt
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.landing import land
from pipelines.settings import load_settings
from tests.all_systems import write_all_systems
from tests.faults import machine
from tests.mart_hashes import differing, mart_hashes
from tests.small_company import write_inbox
from tests.warm import Refresher

pytestmark = pytest.mark.slow
AS_OF, EARLIER = "2025-06-30", "2025-04-15"
SEED = 7
LONG_AGO = 1e9  # an old file needs no second look, which takes time
ELSEWHERE = {
    "Kiritimati, Turkish, 400 days later": (400, {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8"}),
    "Honolulu, C, 300 days earlier": (-300, {"TZ": "Pacific/Honolulu", "LC_ALL": "C", "PYTHONHASHSEED": "1"}),
}
OLD_COMPANIES = "hubspot-crm-exports-all-companies-2025-05-31.csv"


def hashes(home: Path) -> dict[str, str]:
    found = mart_hashes(home / "current")
    assert len(found) > 20
    return found


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with all files in its inbox: of all systems, and one dated export that a later one has overtaken."""
    home = tmp_path_factory.mktemp("company") / "home"
    write_all_systems(home)
    write_inbox(home)
    newer = next((home / "inbox" / "hubspot").glob("*companies*.csv"))
    older = newer.read_text("utf-8").replace("HubSpot Alpha", "Alpha, once").replace("Finance", "Retail")
    newer.with_name(OLD_COMPANIES).write_text(older, encoding="utf-8")
    for path in (home / "inbox").rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return home


@pytest.fixture(scope="module")
def published(company: Path, tmp_path_factory: pytest.TempPathFactory, nightly: Refresher) -> Path:
    """The home after all files were dropped at once."""
    home = shutil.copytree(company, tmp_path_factory.mktemp("at_once") / "home")
    first = nightly(home, AS_OF)
    assert first.status == 0, first.message
    return home


def test_as_of_days_in_any_order_and_after_removal_give_the_same_figures(
    published: Path, tmp_path: Path, nightly: Refresher, measured: Callable[[str], None]
) -> None:
    """Today, an earlier day, today again; then all builds and releases are removed, and the days come the other way."""
    expected = hashes(published)
    home = shutil.copytree(published, tmp_path / "home", symlinks=True)
    assert nightly(home, EARLIER).status == 0
    earlier = hashes(home)
    assert "fct_arr" in differing(earlier, expected)
    assert nightly(home, AS_OF).status == 0
    assert differing(hashes(home), expected) == []

    shutil.rmtree(home / "builds")
    shutil.rmtree(home / "releases")
    (home / "current").unlink()
    assert nightly(home, EARLIER).status == 0
    assert differing(hashes(home), earlier) == []
    assert nightly(home, AS_OF).status == 0
    assert differing(hashes(home), expected) == []
    measured(f"{len(expected)} marts, 5 builds: 0 differ")


@pytest.mark.parametrize("place", ELSEWHERE)
def test_another_day_zone_and_locale_give_the_same_figures(
    published: Path, tmp_path: Path, place: str, measured: Callable[[str], None]
) -> None:
    """The command runs on a machine of another zone and locale, whose clock is a year off, on the same lake."""
    days, variables = ELSEWHERE[place]
    home = shutil.copytree(published, tmp_path / "home", symlinks=True)
    shutil.rmtree(home / "releases")
    (home / "current").unlink()
    variables |= machine.shifted_clock(tmp_path, days)
    answer = machine.run(home, "refresh", "--as-of", AS_OF, "--force", **variables)
    assert answer.returncode == 0, answer.stderr
    year = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    assert (home / "current").readlink().name.startswith(f"{year:%Y-%m}")
    expected = hashes(published)
    assert differing(hashes(home), expected) == []
    measured(f"{len(ELSEWHERE)} machines, {len(expected)} marts: 0 differ")


@pytest.mark.parametrize("order", ["backwards", "at random"])
def test_files_dropped_one_by_one_give_the_figures_of_all_at_once(
    company: Path, published: Path, tmp_path: Path, nightly: Refresher, order: str, measured: Callable[[str], None]
) -> None:
    """Each file comes in a landing of its own, the last ones first or in any order; dated exports come out of order."""
    home = tmp_path / "home"
    shutil.copytree(company, home, ignore=lambda folder, names: names if Path(folder).name == "inbox" else [])
    files = sorted(path for path in (company / "inbox").rglob("*") if path.is_file())
    files = files[::-1] if order == "backwards" else random.Random(SEED).sample(files, len(files))
    settings = load_settings(home, as_of=AS_OF)
    for number, path in enumerate(files):
        target = home / "inbox" / path.relative_to(company / "inbox")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
        assert land(settings, f"run-{number}").files
    after = nightly(home, AS_OF)
    assert after.status == 0, after.message
    assert differing(hashes(home), hashes(published)) == []
    measured(f"{len(files)} files one by one, in 2 orders: 0 marts differ")
