"""The home's dagster.yaml: kept up to date while it is as written, never touched once a person changed it."""

import subprocess
from pathlib import Path

import pytest
import yaml

from pipelines.defs.instance import DAGSTER_YAML, SIGNATURE, is_as_written, write_config
from pipelines.settings import PROJECT_ROOT

OLD_TEXTS = ("a44d567", "8989f1e")  # commits whose program wrote the file without a signature


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dagster.yaml"


def test_a_new_home_gets_the_file_signed_and_readable(path: Path) -> None:
    write_config(path, DAGSTER_YAML)
    assert is_as_written(path.read_text())
    config = yaml.safe_load(path.read_text())
    assert config["concurrency"]["pools"] == {"default_limit": 1, "granularity": "run"}
    assert config["run_monitoring"]["enabled"] and config["freshness"]["enabled"]
    assert not config["telemetry"]["enabled"]


def test_a_file_of_an_earlier_version_is_brought_up_to_date(path: Path) -> None:
    write_config(path, "telemetry:\n  enabled: false\n")
    write_config(path, DAGSTER_YAML)
    assert path.read_text().startswith(DAGSTER_YAML)


@pytest.mark.parametrize("commit", OLD_TEXTS)
def test_a_file_from_before_signatures_is_brought_up_to_date(path: Path, commit: str) -> None:
    source = subprocess.run(
        ["git", "-C", str(PROJECT_ROOT), "show", f"{commit}:pipelines/defs/instance.py"], capture_output=True, text=True
    )
    if source.returncode:
        pytest.skip("the history of the project is not here")
    path.write_text(source.stdout.partition('DAGSTER_YAML = """\\\n')[2].partition('"""')[0])
    write_config(path, DAGSTER_YAML)
    assert SIGNATURE in path.read_text()


@pytest.mark.parametrize("change", ["# mine\n", "retention:\n  schedule:\n    purge_after_days: 90\n"])
def test_what_a_person_changed_is_left_alone(path: Path, change: str) -> None:
    write_config(path, "telemetry:\n  enabled: false\n")
    changed = change + path.read_text()
    path.write_text(changed)
    write_config(path, DAGSTER_YAML)
    assert path.read_text() == changed
    path.write_text("telemetry: {}\n")  # the signature taken out
    write_config(path, DAGSTER_YAML)
    assert path.read_text() == "telemetry: {}\n"
