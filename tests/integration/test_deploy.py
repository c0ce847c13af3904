"""The files of deploy/: units that systemd accepts, an image whose copied files are enough."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import PROJECT_ROOT
from tests.small_company import environment

DEPLOY = PROJECT_ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")


def values(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    for unit in UNITS:  # it looks whether the programs exist; they do where Tenure is installed
        text = re.sub(r"/opt/tenure/\.venv/bin/[\w-]+", shutil.which("true") or "/bin/true", unit.read_text("utf-8"))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    answer = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    ours = [line for line in answer.stderr.splitlines() if "tenure-" in line]
    assert (answer.returncode, ours) == (0, [])


def test_the_units_start_programs_of_the_environment_and_agree_on_the_home() -> None:
    assert [unit.stem for unit in UNITS] == ["tenure-daemon", "tenure-webserver"]
    for unit in UNITS:
        [program] = {shlex.split(line)[0] for line in values(unit, "ExecStart")}
        assert (Path(sys.executable).parent / Path(program).name).exists()
        settings = dict(pair.split("=", 1) for line in values(unit, "Environment") for pair in line.split())
        assert settings["DAGSTER_HOME"] == f"{settings['TENURE_HOME']}/dagster"
        assert values(unit, "User") == ["tenure"]
        assert values(unit, "ReadWritePaths") == ["/opt/tenure/target"]
    [webserver] = values(UNITS[1], "ExecStart")
    assert "-h 127.0.0.1 " in webserver, "it has no login"


def test_no_file_of_deploy_holds_a_secret() -> None:
    for path in (path for path in DEPLOY.rglob("*") if path.is_file()):
        set_here = re.findall(
            r"^\s*(?:Environment=|ENV )?(TENURE_ALERT_URLS|TENURE_DAGSTER_POSTGRES)=(\S+)", path.read_text()
        )
        assert not set_here, path


def test_preparing_the_services_writes_dagsters_folder_and_nothing_else(tmp_path: Path) -> None:
    [command] = {line for unit in UNITS for line in values(unit, "ExecStartPre")}
    arguments = [sys.executable, *shlex.split(command)[1:]]
    done = subprocess.run(arguments, cwd=PROJECT_ROOT, env=environment(TENURE_HOME=str(tmp_path)), timeout=60)
    assert done.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["dagster"]
    assert (tmp_path / "dagster" / "dagster.yaml").is_file()


def test_the_image_runs_as_a_user_without_rights_and_installs_by_hashes() -> None:
    assert re.findall(r"^USER (\S+)$", CONTAINERFILE, flags=re.MULTILINE)[-1] == "tenure"
    assert "--uid 10001" in CONTAINERFILE
    assert "pip install --no-deps --require-hashes -r requirements.lock" in CONTAINERFILE
    assert "VOLUME /var/lib/tenure" in CONTAINERFILE


@pytest.mark.slow  # parses the dbt project anew
def test_what_the_image_copies_is_enough(tmp_path: Path) -> None:
    app, home = tmp_path / "app", tmp_path / "home"
    app.mkdir()
    for line in re.findall(r"^COPY (.*)$", CONTAINERFILE, flags=re.MULTILINE):
        *sources, target = line.split()
        for source in (PROJECT_ROOT / name for name in sources):
            if source.is_dir():
                shutil.copytree(source, app / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, app / target)
    [parse] = re.findall(r"^RUN python -c '(.*)'$", CONTAINERFILE, flags=re.MULTILINE)
    inside = environment(PYTHONPATH=str(app), TENURE_HOME=str(home), DAGSTER_HOME=os.devnull)
    for code in (
        parse,
        f"import pipelines.definitions as d; assert d.__file__.startswith({str(app)!r}); d.defs()",
    ):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=app, env=inside, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
    assert (app / "target" / "manifest.json").exists()
