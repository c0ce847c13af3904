"""The same identity gives the same numbers, and whatever can change a number changes the identity."""

import datetime as dt
import json
from pathlib import Path

import pytest
from releases import MIDNIGHT, identity, settings_of

from pipelines.release.identity import Identity, identity_of
from pipelines.release.manifest import new_release_id


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "lake" / "_ledger").mkdir(parents=True)
    (tmp_path / "lake" / "_ledger" / "00000001-abc.json").write_text(json.dumps({"load_id": "00000001-abc"}))
    return tmp_path


def test_the_same_home_has_the_same_identity(home: Path) -> None:
    assert identity_of(settings_of(home)).fingerprint == identity_of(settings_of(home)).fingerprint


def test_another_folder_or_number_of_kept_releases_changes_nothing(home: Path) -> None:
    before = identity_of(settings_of(home)).fingerprint
    moved = home.rename(home.with_name("moved"))
    assert identity_of(settings_of(moved, keep_releases=3, inbox=Path("/x"))).fingerprint == before


def test_a_new_load_changes_the_inputs(home: Path) -> None:
    before = identity_of(settings_of(home))
    (home / "lake" / "_ledger" / "00000002-def.json").write_text("{}")
    after = identity_of(settings_of(home))
    assert list(after.inputs) == ["00000001-abc", "00000002-def"]
    assert after.inputs_sha256 != before.inputs_sha256
    assert after.fingerprint != before.fingerprint


def test_the_companys_own_policy_and_settings_change_it(home: Path) -> None:
    plain = identity_of(settings_of(home)).fingerprint
    euro = identity_of(settings_of(home, reporting_currency="EUR")).fingerprint
    (home / "policy").mkdir()
    (home / "policy" / "targets.csv").write_text("metric,target\n")
    own_policy = identity_of(settings_of(home)).fingerprint
    assert len({plain, euro, own_policy}) == 3


@pytest.mark.parametrize("field", sorted(set(Identity.model_fields) - {"code_version", "inputs"}))
def test_every_part_changes_the_fingerprint(field: str) -> None:
    assert identity(**{field: "other"}).fingerprint != identity().fingerprint


def test_the_name_of_the_commit_alone_does_not() -> None:
    assert identity(code_version="other").fingerprint == identity().fingerprint


def test_release_ids_tell_runs_of_the_same_minute_apart() -> None:
    ids = {new_release_id(MIDNIGHT, "f", run) for run in ("a", "b")}
    assert len(ids) == 2
    assert all(one.startswith("2026-01-31T0000-") and len(one) == 24 for one in ids)
    assert new_release_id(MIDNIGHT + dt.timedelta(minutes=1), "f", "a").startswith("2026-01-31T0001-")
