"""Is the installed software what the lock says, and can it work from where it lies?"""

import os
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipelines.doctor.diagnosis import Diagnosis, bad, note, ok
from pipelines.release.identity import LOCK_FILE
from pipelines.settings import PROJECT_ROOT

# What numbers and storage formats depend on most: named in the line, and never another version than the lock's.
CORE = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "polars", "great-expectations")
OLDEST_PYTHON = (3, 11)
INSTALL = f"{sys.executable} -m pip install --no-deps --require-hashes -r {LOCK_FILE}"


def look_at_versions(lock: Path = LOCK_FILE) -> Iterator[Diagnosis]:
    """Python, and every installed package against the lock."""
    python = sys.version.split()[0]
    if sys.version_info < OLDEST_PYTHON:
        yield bad("versions", f"Python {python} is too old", "make the environment with Python 3.11 or later")
        return
    if not lock.is_file():
        yield note("versions", f"Python {python}; there is no {lock} to compare the packages with")
        return
    found = {name: (wanted, installed(name)) for name, wanted in locked(lock).items()}
    wrong = {name: pair for name, pair in found.items() if pair[0] != pair[1]}
    if not wrong:
        shown = ", ".join(f"{name} {found[name][0]}" for name in CORE if name in found)
        yield ok("versions", f"Python {python}, {shown}; {len(found)} packages as in the lock")
        return
    names = sorted(wrong, key=lambda name: (name not in CORE, name))
    listed = ", ".join(
        f"{name} {has or 'missing'} (lock: {wanted})" for name in names[:5] for wanted, has in [wrong[name]]
    )
    text = f"Python {python}; not as in the lock: {listed}" + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    yield (bad if names[0] in CORE else note)("versions", text, INSTALL)


def look_at_code() -> Iterator[Diagnosis]:
    """dbt's parsed project is kept beside the code, so that folder must be writable."""
    target = PROJECT_ROOT / "target"
    if os.access(target if target.exists() else PROJECT_ROOT, os.W_OK):
        yield ok("code", str(PROJECT_ROOT))
    else:
        yield bad("code", f"{target} cannot be written", f"give this user the folder: chown -R USER {target}")


def locked(lock: Path) -> dict[str, str]:
    """name -> version of the lock's packages that belong on this machine."""
    from packaging.requirements import Requirement

    wanted = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            requirement = Requirement(line.removesuffix("\\").strip())
            if requirement.marker is None or requirement.marker.evaluate():
                wanted[requirement.name] = next(iter(requirement.specifier)).version
    return wanted


def installed(name: str) -> str | None:
    """The version that is installed; None where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
