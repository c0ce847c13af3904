"""The dbt project of this checkout: where it stands, and its parsed manifest.

Parsing costs seconds and depends only on the project's files, so it is done once for each state of them. What a run
needs to know (as-of day, reporting currency, ...) is a row in the build, never a dbt variable: the manifest holds.
"""

import contextlib
import functools
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from filelock import FileLock

from pipelines.errors import UserError
from pipelines.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

BUILD_FILE_VARIABLE = "DBT_BUILD_FILE"
TARGET = PROJECT_ROOT / "target"


def dbt_arguments(target_path: Path, log_path: Path) -> list[str]:
    """Arguments that every dbt call of ours has: paths, and silence (the terminal is ours)."""
    return [
        "--project-dir", str(PROJECT_ROOT), "--profiles-dir", str(PROJECT_ROOT), "--target-path", str(target_path),
        "--log-path", str(log_path), "--log-level", "none", "--log-level-file", "none", "--no-use-colors",
        "--no-version-check", "--no-send-anonymous-usage-stats",
    ]  # fmt: skip


def engine_options() -> tuple[int, dict[str, Any]]:
    """How many nodes are built at a time, and the engine's settings: what profiles.yml says to dbt."""
    profile = yaml.safe_load((PROJECT_ROOT / "profiles.yml").read_text(encoding="utf-8"))["tenure"]["outputs"]["duckdb"]
    return profile["threads"], profile["config_options"]


def project_hash() -> str:
    """sha256 over everything that dbt parses: names and contents, in byte order of the names."""
    digest = hashlib.sha256()
    files = [PROJECT_ROOT / "dbt_project.yml", PROJECT_ROOT / "profiles.yml"]
    files += sorted(p for p in (PROJECT_ROOT / "dbt_project").rglob("*") if p.is_file())
    for path in files:
        digest.update(str(path.relative_to(PROJECT_ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def manifest_path() -> Path:
    """The project's manifest.json, parsed again only where the project changed since."""
    if not _is_up_to_date(project_hash()):
        parsed_manifest()
    return TARGET / "manifest.json"


def _is_up_to_date(state: str) -> bool:
    stamp = TARGET / "manifest.sha256"
    return (TARGET / "manifest.json").exists() and stamp.exists() and stamp.read_text(encoding="ascii") == state


def parsed_manifest() -> "Manifest":
    """The parsed project, once a process and state of the files; dbt's partial parse makes the next process quick."""
    return _parse(project_hash())


@functools.lru_cache(maxsize=1)
def _parse(state: str) -> "Manifest":
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    TARGET.mkdir(exist_ok=True)
    with FileLock(TARGET / "parse.lock"), without_build_file():
        # A manifest.json that is up to date is left alone: another process may be reading it.
        silence = ["--no-write-json"] if _is_up_to_date(state) else []
        outcome = dbtRunner().invoke(["parse", *silence, *dbt_arguments(TARGET, TARGET / "logs")])
        if not (outcome.success and isinstance(outcome.result, Manifest)):
            raise UserError(
                f"the dbt project cannot be parsed: {outcome.exception}", where=str(PROJECT_ROOT / "dbt_project"),
                done="nothing was built", do="correct the model or yml named above",
            )  # fmt: skip
        (TARGET / "manifest.sha256").write_text(state, encoding="ascii")
    return outcome.result


@contextlib.contextmanager
def build_file(path: Path) -> Iterator[None]:
    """dbt's profile points at this warehouse file meanwhile."""
    before = os.environ.get(BUILD_FILE_VARIABLE)
    os.environ[BUILD_FILE_VARIABLE] = str(path)
    try:
        yield
    finally:
        _restore(before)


@contextlib.contextmanager
def without_build_file() -> Iterator[None]:
    """The profile as it stands in the repository: another path would make dbt parse everything anew."""
    before = os.environ.pop(BUILD_FILE_VARIABLE, None)
    try:
        yield
    finally:
        _restore(before)


def _restore(before: str | None) -> None:
    if before is None:
        os.environ.pop(BUILD_FILE_VARIABLE, None)
    else:
        os.environ[BUILD_FILE_VARIABLE] = before
