"""`tenure export`: where a release has its files, the same files elsewhere, and what a release's end does to them."""

import json
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from pipelines.doctor.contents import look_at_release
from pipelines.doctor.diagnosis import State
from pipelines.errors import UserError
from pipelines.exports import sheets
from pipelines.exports.command import export_release, published_files
from pipelines.exports.files import MANIFEST
from pipelines.exports.kinds import Kind
from pipelines.exports.verify import Status, verify
from pipelines.exports.write import write_exports
from pipelines.release.files import sha256_of_file
from pipelines.release.history import list_releases, rollback
from pipelines.release.identity import identity_of
from pipelines.release.publish import remove_old_releases
from pipelines.serving.release import open_release
from pipelines.settings import Settings, load_settings
from tests.unit.exports.seven_clients import META, STEM


def tenure(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_without_a_folder_the_releases_own_files_are_listed(settings: Settings) -> None:
    listed = tenure("export", "--home", settings.home).output.splitlines()
    folder = settings.current.resolve() / "exports"
    assert listed == [str(path) for path in published_files(settings)]
    assert {folder / "finance.xlsx", folder / "extracts" / "am1.duckdb"} <= {Path(path) for path in listed}
    assert published_files(settings, only=Kind.WORKBOOK) == [folder / "finance.xlsx"]


def test_with_a_folder_they_are_copied_byte_for_byte_and_verify_there(settings: Settings, tmp_path: Path) -> None:
    written = export_release(settings, tmp_path / "out")
    published = json.loads((settings.current / "manifest.json").read_text())["exports"]
    assert {path.relative_to(tmp_path / "out").as_posix() for path in written} == set(published)
    for path in written:
        assert sha256_of_file(path) == published[path.relative_to(tmp_path / "out").as_posix()]["sha256"]
        assert path.name == MANIFEST or verify(path).status is Status.INTACT
        assert path.stat().st_mode & 0o200, "a copy is the person's own to change"


def test_a_past_release_is_exported_with_its_own_files(settings: Settings, tmp_path: Path) -> None:
    new, old = list_releases(settings)
    (path, _) = export_release(settings, tmp_path / "out", old.release_id, Kind.WORKBOOK)
    assert path.read_bytes() == (old.path / "exports" / "finance.xlsx").read_bytes()
    assert verify(path).release_id == old.release_id != new.release_id
    with pytest.raises(UserError, match="there is no release 'nonsense'"):
        export_release(settings, tmp_path / "out", "nonsense")


def test_what_the_release_does_not_have_is_written_from_it(settings: Settings, tmp_path: Path) -> None:
    people = (settings.home / "access.toml").read_text()
    (settings.home / "access.toml").write_text(people.replace('am_id = "am/9"', 'am_id = "am2"'))
    names = {path.name for path in export_release(settings, tmp_path / "out", only=Kind.EXTRACTS)}
    assert names == {"am1.duckdb", "am1.xlsx", "am2.duckdb", "am2.xlsx", MANIFEST}
    assert not {f"{STEM}.xlsx"} & names, "the extract of somebody who is not named any more is not handed out"
    for name in names - {MANIFEST}:
        assert verify(tmp_path / "out" / "extracts" / name).status is Status.INTACT


def test_a_release_without_exports_says_how_to_get_them_and_can_be_exported(settings: Settings, tmp_path: Path) -> None:
    folder = settings.current.resolve() / "exports"
    folder.rename(tmp_path / "gone")
    said = tenure("export", "--home", settings.home)
    assert (said.exit_code, isinstance(said.exception, UserError)) == (1, True)
    assert "holds no exported files" in str(said.exception) and "--out FOLDER" in str(said.exception)
    paths = export_release(settings, tmp_path / "out")
    by_name = {path.name: path for path in (tmp_path / "gone").rglob("*.xlsx")}
    assert {path.name for path in paths if path.suffix == ".xlsx"} == set(by_name)
    assert (tmp_path / "out" / "finance.xlsx").read_bytes() == by_name["finance.xlsx"].read_bytes()


def test_extracts_for_nobody_are_no_success(settings: Settings, tmp_path: Path) -> None:
    (settings.home / "access.toml").write_text('[[people]]\nlogin = "cleo"\nrole = "leadership"\n')
    with pytest.raises(UserError, match="no account manager is named"):
        export_release(settings, tmp_path / "out", only=Kind.EXTRACTS)
    assert not (tmp_path / "out").exists()
    assert "finance.xlsx" in {path.name for path in export_release(settings, tmp_path / "out")}


def test_nothing_is_written_into_a_release(settings: Settings) -> None:
    with pytest.raises(UserError, match="a release is never changed"):
        export_release(settings, settings.current / "exports")


def test_a_published_file_that_was_changed_is_not_copied_and_the_doctor_names_it(
    settings: Settings, tmp_path: Path
) -> None:
    damaged = settings.current.resolve() / "exports" / "parquet" / "fct_arr.parquet"
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with pytest.raises(UserError, match="not the one that was published"):
        export_release(settings, tmp_path / "out", only=Kind.PARQUET)
    assert not list((tmp_path / "out").rglob("*fct_arr.parquet*"))
    (found,) = [line.found for line in look_at_release(settings, is_deep=False) if line.state is State.BAD]
    assert found.endswith("not the ones that were published: exports/parquet/fct_arr.parquet")
    damaged.unlink()
    (damaged.parent / "more.csv").write_text("a")
    (found,) = [line.found for line in look_at_release(settings, is_deep=False) if line.state is State.BAD]
    assert found.endswith("exports/parquet/fct_arr.parquet, exports/parquet/more.csv")


def test_rollback_and_the_janitor_take_the_exports_along(settings: Settings) -> None:
    new, old = list_releases(settings)
    rollback(settings, old.release_id)
    assert verify(settings.current / "exports" / "finance.xlsx").release_id == old.release_id
    rollback(settings, new.release_id)
    assert remove_old_releases(settings.model_copy(update={"keep_releases": 1})) == [old.release_id]
    assert not old.path.exists()
    assert not list(settings.builds.iterdir())
    assert verify(settings.current / "exports" / "finance.xlsx").release_id == new.release_id


def test_a_left_out_workbook_is_an_error_by_hand_after_all_else_was_written(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.current.resolve() / "exports").rename(tmp_path / "gone")
    monkeypatch.setattr(sheets, "MOST_ROWS", 20)
    with pytest.raises(UserError, match="21 rows are too many") as error:
        export_release(settings, tmp_path / "out")
    assert "all other files were" in (error.value.done or "")
    assert (tmp_path / "out" / "parquet" / "fct_revenue.parquet").exists()


def test_no_kinds_no_files(settings: Settings, tmp_path: Path) -> None:
    written = write_exports(partial(open_release, settings.current), tmp_path / "out", META, kinds=frozenset())
    assert [path.name for path in written.paths] == [MANIFEST]


def test_the_commands(settings: Settings, tmp_path: Path) -> None:
    written = tenure("export", "--home", settings.home, "--out", tmp_path / "out", "--only", "extracts")
    assert written.exit_code == 0
    path = tmp_path / "out" / "extracts" / "am1.xlsx"
    assert str(path) in written.output.split("\n")
    good = tenure("verify", path)
    assert (good.exit_code, good.output.split(":")[0]) == (0, "intact")
    path.write_bytes(path.read_bytes()[:-1])
    bad = tenure("verify", path)
    assert (bad.exit_code, bad.output.split(":")[0]) == (2, "cut")


def test_the_setting_names_the_kinds_and_changes_no_number(settings: Settings) -> None:
    assert settings.exports.kinds == frozenset(Kind)
    before = identity_of(settings)
    (settings.home / "tenure.toml").write_text('[exports]\nkinds = ["parquet"]\n')
    changed = load_settings(settings.home, as_of=META.as_of_on)
    assert changed.exports.kinds == {Kind.PARQUET}
    assert identity_of(changed) == before
    (settings.home / "tenure.toml").write_text('[exports]\nkinds = ["csv"]\n')
    with pytest.raises(UserError, match=r"'exports\.kinds\.0' is wrong: Input should be 'parquet'"):
        load_settings(settings.home)
