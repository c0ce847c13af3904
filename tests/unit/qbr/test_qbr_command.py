"""`tenure qbr`: the files, and what is never written over."""

from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.qbr.command import write_pack, write_qbr
from pipelines.qbr.pack import Pack
from pipelines.settings import load_settings
from tests.small_company import AS_OF, refresh, tenure, write_inbox
from tests.unit.qbr.conftest import Company
from tests.unit.qbr.reading import pages, titles


def test_both_files_are_named_after_quarter_and_client(pack: Pack, tmp_path: Path) -> None:
    written = write_pack(pack, tmp_path / "new" / "folder")
    assert [path.name for path in written] == ["qbr-2026-Q3-Acme-GmbH-c1.pptx", "qbr-2026-Q3-Acme-GmbH-c1.pdf"]
    assert [path.read_bytes() for path in written] == [pack.pptx, pack.pdf]


def test_a_deck_that_somebody_edited_is_kept(pack: Pack, tmp_path: Path) -> None:
    deck, document = write_pack(pack, tmp_path)
    write_pack(pack, tmp_path)  # the same again is no edit
    deck.write_bytes(b"edited")
    document.unlink()
    with pytest.raises(UserError, match="somebody may have edited it"):
        write_pack(pack, tmp_path)
    assert deck.read_bytes() == b"edited"
    assert not document.exists()
    write_pack(pack, tmp_path, is_forced=True)
    assert deck.read_bytes() == pack.pptx


def test_a_folder_that_cannot_be_written_is_said(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="the files cannot be written"):
        write_pack(pack, tmp_path / "file")


def test_the_command_reads_the_live_release_and_says_what_its_reader_should_know(
    company: Company, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "current").symlink_to(company().warehouse.parent)
    said = write_qbr(load_settings(home), "c1", "2026-Q4", tmp_path, is_internal=True).splitlines()
    assert all(Path(line).is_file() for line in said[:2])
    assert said[2:] == [
        "Q4 2026 still runs: every page says that it is provisional.",
        "The PPTX has internal speaker notes: not for the client.",
    ]


@pytest.mark.slow  # a whole refresh, so that the real models have every column that is read
def test_a_real_release_gives_a_review(tmp_path: Path) -> None:
    write_inbox(tmp_path)
    assert refresh(tmp_path).returncode == 0
    answer = tenure(tmp_path, "qbr", "client one", "--quarter", "2025-Q2", "--out", str(tmp_path / "out"), "--internal")
    assert answer.returncode == 0, answer.stderr
    # 1,200 by day: 91 of 365 days is 299.18, 91 of 366 a year before is 298.36.
    deck = next((tmp_path / "out").glob("*.pptx")).read_bytes()
    assert (
        titles(deck)[2]
        == "Spend was USD 299 in Q2 2025, 0.3 % above Q2 2024; work without a service line is 100.0 % of it."
    )
    assert f"figures as of 30 Jun {AS_OF[:4]}" in pages(next((tmp_path / "out").glob("*.pdf")).read_bytes())[0]
