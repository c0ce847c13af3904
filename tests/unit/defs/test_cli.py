"""The command line: quick, quiet, and readable by a stranger when something is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import PROJECT_ROOT

HEAVY = {"dagster", "dbt", "duckdb", "great_expectations", "pandas", "plotly", "polars", "pydantic"}


def tenure(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines", *arguments],
        cwd=PROJECT_ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_help_names_every_command_and_the_readme_explains_it() -> None:
    from typer.main import get_command

    from pipelines.cli import app

    names = list(get_command(app).commands)
    shown = tenure("--help")
    readme = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    assert shown.returncode == 0
    assert len(names) >= 20
    assert not [name for name in names if name not in shown.stdout]
    assert not [name for name in names if f"tenure {name}" not in readme]


def test_the_command_line_imports_nothing_heavy() -> None:
    code = "import sys, pipelines.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert not HEAVY & set(loaded.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("refresh", "--as-of", "yesterday"), "--as-of"),
        (("rollback", "2026"), "there is no release '2026'"),
        (("sql", "select 1"), "no published release"),
        (("serve",), "there is no published release here yet"),
    ],
)
def test_bad_usage_is_status_2_with_one_clear_message(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    answer = tenure(*arguments, "--home", str(tmp_path))
    assert answer.returncode == 2
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_unknown_setting_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "tenure.toml").write_text("reporting_curency = 'EUR'\n")
    answer = tenure("refresh", "--home", str(tmp_path))
    assert answer.returncode == 2
    assert "unknown setting 'reporting_curency'" in answer.stderr
    assert str(tmp_path / "tenure.toml") in answer.stderr


def test_a_home_without_releases_says_what_to_do(tmp_path: Path) -> None:
    answer = tenure("releases", "--home", str(tmp_path))
    assert answer.returncode == 0
    assert "tenure refresh" in answer.stdout
