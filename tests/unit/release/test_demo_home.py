"""A demo home takes no real files, and a real home takes none of the demo's."""

from pathlib import Path

import pytest
from releases import settings_of

from pipelines.demo.home import is_demo, refuse_mixed_files, write_demo_home
from pipelines.errors import UserError
from pipelines.settings import load_settings


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    write_demo_home(settings_of(home), None, seed=7, clients=20)
    return home


def test_a_demo_home_is_marked_and_has_the_day_its_history_ends(demo: Path) -> None:
    assert is_demo(demo)
    as_of = load_settings(demo).as_of
    assert str(as_of) in (demo / "tenure.toml").read_text()
    refuse_mixed_files(load_settings(demo))


def test_a_demo_home_refuses_a_real_file(demo: Path) -> None:
    stranger = demo / "inbox" / "invoices_2026.csv"
    stranger.write_text("invoice_id\n")
    try:
        with pytest.raises(UserError, match=r"invoices_2026\.csv"):
            refuse_mixed_files(settings_of(demo))
    finally:
        stranger.unlink()


def test_a_real_home_refuses_the_demos_inbox(demo: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="demo company's exports"):
        refuse_mixed_files(settings_of(tmp_path, inbox=demo / "inbox"))


def test_the_demo_is_not_written_over_a_real_companys_files(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "invoices.csv").write_text("invoice_id\n")
    with pytest.raises(UserError, match="a home of its own"):
        write_demo_home(settings_of(tmp_path), None, seed=7, clients=20)
    assert [path.name for path in (tmp_path / "inbox").iterdir()] == ["invoices.csv"]
