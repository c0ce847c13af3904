"""Is this installation fit for tonight? `tenure doctor` asks; it reads everything and changes nothing.

A diagnosis is a name, whether it is well, and one sentence that says what to do where it is not.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pipelines.errors import UserError
from pipelines.settings import Settings

LEAST_FREE_BYTES = 2 * 1024**3  # a release and the build beside it, with room for a year's growth of a usual company
SHOWN_VERSIONS = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "polars", "great-expectations")


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at."""

    name: str
    is_well: bool
    text: str


def examine(settings: Settings) -> list[Diagnosis]:
    """All diagnoses of a home, in the order in which a refresh would meet them."""
    return [
        _versions(),
        _settings(settings),
        _folder(settings.home),
        _disk(settings.home),
        _inbox(settings.inbox),
        _policy(settings),
        _release(settings),
    ]


def _versions() -> Diagnosis:
    text = f"Python {sys.version.split()[0]}, " + ", ".join(f"{name} {version(name)}" for name in SHOWN_VERSIONS)
    return Diagnosis("versions", sys.version_info >= (3, 11), text)


def _settings(settings: Settings) -> Diagnosis:
    return Diagnosis(
        "settings",
        True,
        f"as of {settings.as_of}, {settings.reporting_currency} at rates of {settings.fx_baseline_on}, "
        f"days of {settings.company_time_zone}",
    )


def _folder(home: Path) -> Diagnosis:
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    if not os.access(nearest, os.W_OK):
        return Diagnosis(
            "home", False, f"{nearest} cannot be written: give this user the right to, or choose another --home"
        )
    return Diagnosis(
        "home", True, f"{home} can be written" if nearest == home else f"{home} will be made by the first refresh"
    )


def _disk(home: Path) -> Diagnosis:
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    text = f"{free / 1024**3:.1f} GiB free"
    if free < LEAST_FREE_BYTES:
        text += f": make room, a refresh wants {LEAST_FREE_BYTES / 1024**3:.0f} GiB (fewer `keep_releases` also help)"
    return Diagnosis("disk", free >= LEAST_FREE_BYTES, text)


def _inbox(inbox: Path) -> Diagnosis:
    if not inbox.is_dir():
        return Diagnosis("inbox", False, f"{inbox} is not there: make the folder and put exports into it")
    if not os.access(inbox, os.R_OK | os.X_OK):
        return Diagnosis("inbox", False, f"{inbox} cannot be read: give this user the right to")
    files = sum(1 for path in inbox.rglob("*") if path.is_file())
    return Diagnosis("inbox", True, f"{inbox} holds {files} {'file' if files == 1 else 'files'}")


def _policy(settings: Settings) -> Diagnosis:
    from pipelines.warehouse.policy_lint import lint_policy

    try:
        lint_policy(settings)
    except UserError as error:
        return Diagnosis("policy", False, str(error))
    own = len(list(settings.policy.glob("*.csv"))) if settings.policy.is_dir() else 0
    return Diagnosis(
        "policy", True, f"no gaps, no overlaps; {own} of the company's own files laid over the shipped seeds"
    )


def _release(settings: Settings) -> Diagnosis:
    from pipelines.release.history import current_manifest

    manifest = current_manifest(settings)
    if manifest is None:
        return Diagnosis("release", True, "none yet: the first refresh publishes one")
    return Diagnosis("release", True, f"{manifest.release_id} is live, as of {manifest.identity.as_of_on}")
