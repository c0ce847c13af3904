"""What a release is made from, as hashes: code, lock, policy, settings, inputs. Same identity, same numbers.

Only hashing belongs here. The ledger is read as plain JSON files, so that the identity needs no warehouse.
"""

import hashlib
import json
import subprocess
from collections.abc import Iterable
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipelines.settings import PROJECT_ROOT, Settings

LOCK_FILE = PROJECT_ROOT / "requirements.lock"
SHIPPED_POLICY = PROJECT_ROOT / "dbt_project" / "seeds" / "policy"
# Everything a number or a gate can depend on; tests and documents cannot change a release.
CODE = ("pipelines/**/*.py", "dbt_project/**/*", "expectations/*", "dbt_project.yml", "profiles.yml")
# Where files lie, how large one may be, what memory a build has, how many releases are kept, what is exported, who is
# told and when it runs changes no number.
SETTINGS_WITHOUT_EFFECT = frozenset(
    {
        *("home", "inbox", "keep_releases", "exports", "max_unpacked_mb", "max_build_memory_mb", "alerts", "serve"),
        *("schedule", "retries", "retry_wait_seconds", "run_timeout_minutes", "new_files_settle_seconds"),
        *("release_late_after_hours", "close_on_business_day", "close_country"),
        *("dagster_postgres_url_from", "postgres"),
    }
)


class Identity(BaseModel):
    """Hashes (hex sha256) of everything a build depends on. `inputs` maps load_id to the hash of its ledger entry."""

    model_config = ConfigDict(frozen=True, ignored_types=(cached_property,))

    as_of_on: str
    code_version: str
    code_sha256: str
    lock_sha256: str
    policy_sha256: str
    settings_sha256: str
    inputs: dict[str, str]

    @cached_property
    def inputs_sha256(self) -> str:
        return _sha256_of_json(self.inputs)

    @cached_property
    def fingerprint(self) -> str:
        """One hash over all of it. The commit's name takes no part: the code's content does."""
        return _sha256_of_json(self.model_dump(exclude={"code_version"}))


def identity_of(settings: Settings) -> Identity:
    """The identity a build made now would have. Reads every source file and ledger entry: some tens of milliseconds."""
    return Identity(
        as_of_on=settings.as_of.isoformat(),
        code_version=code_version(),
        code_sha256=_sha256_of_files(PROJECT_ROOT, _matching(PROJECT_ROOT, CODE)),
        lock_sha256=_sha256_of_files(PROJECT_ROOT, [LOCK_FILE]),
        policy_sha256=_sha256_of_policy(settings.policy),
        settings_sha256=_sha256_of_json(settings.model_dump(mode="json", exclude=set(SETTINGS_WITHOUT_EFFECT))),
        inputs=ledger_hashes(settings.lake),
    )


def ledger_hashes(lake: Path) -> dict[str, str]:
    """load_id -> hash of its ledger entry, in order of landing."""
    return {path.stem: _sha256(path.read_bytes()) for path in sorted((lake / "_ledger").glob("*.json"))}


def code_version() -> str:
    """The git commit of the project, or the package's version where the project is no git work tree."""
    commit = _git("rev-parse", "HEAD")
    top = _git("rev-parse", "--show-toplevel")
    if commit and top and Path(top).resolve() == PROJECT_ROOT.resolve():
        return commit
    try:
        return version("tenure")
    except PackageNotFoundError:
        return "unknown"


def _git(*arguments: str) -> str | None:
    try:
        found = subprocess.run(
            ["git", "-C", str(PROJECT_ROOT), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() if found.returncode == 0 else None


def _sha256_of_policy(overrides: Path) -> str:
    """Shipped seeds with the company's own laid over them, by file name."""
    seeds = {path.name: path for folder in (SHIPPED_POLICY, overrides) for path in sorted(folder.glob("*.csv"))}
    return _sha256_of_json({name: _sha256(path.read_bytes()) for name, path in sorted(seeds.items())})


def _matching(root: Path, patterns: Iterable[str]) -> list[Path]:
    found = {path for pattern in patterns for path in root.glob(pattern)}
    return sorted(path for path in found if path.is_file() and path.suffix != ".pyc")


def _sha256_of_files(root: Path, paths: Iterable[Path]) -> str:
    return _sha256_of_json({str(path.relative_to(root)): _sha256(path.read_bytes()) for path in paths if path.exists()})


def _sha256_of_json(value: Any) -> str:
    return _sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
