"""Ways to run the command on a worse machine: another clock, a full or read-only disk, a user with few rights.

Each is done by the kernel or the C library, to a real process. Where a machine cannot do one, the test says why.
"""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.small_company import AS_OF, command, environment

DAY = 24 * 3600
TIMEOUT = 600


def run(
    home: Path,
    *arguments: str,
    before: Sequence[str] = (),
    prepare: Callable[[], None] | None = None,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """`tenure ARGUMENTS`; `before`: words that start it; `prepare`: called in the new process before the command."""
    return subprocess.run(
        [*before, *command(*arguments, "--home", str(home))],
        env=environment(**variables),
        preexec_fn=prepare,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )


def refresh(
    home: Path, before: Sequence[str] = (), prepare: Callable[[], None] | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """`tenure refresh` of the small company, so."""
    return run(home, "refresh", "--as-of", AS_OF, before=before, prepare=prepare, **variables)


def shifted_clock(folder: Path, days: int) -> dict[str, str]:
    """The environment of a process for which it is so many days later (or earlier)."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("a clock is set by a small preloaded library, which needs a C compiler (apt-get install -y gcc)")
    library = folder / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(days * DAY)}


def without_rights() -> list[str]:
    """Starts a command for which the rights of files hold: root's power to pass over them is taken away."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may read and write everything, and there is no setpriv to take that away")
    powers = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}"]


def mounted(*mounts: str) -> list[str]:
    """Starts a command in a mount namespace of its own, after these `mount` commands; nothing else sees them."""
    attempt = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /mnt"]
    if shutil.which("unshare") is None or subprocess.run(attempt, capture_output=True, check=False).returncode != 0:
        pytest.skip("this user may not mount anything (needs root, or CAP_SYS_ADMIN in a container)")
    script = " && ".join([*(f"mount {arguments}" for arguments in mounts), 'exec "$@"'])
    return ["unshare", "--mount", "sh", "-c", script, "sh"]


def file_size_limit(most_bytes: int) -> Callable[[], None]:
    """No file of the process grows beyond this: writes fail, as on a full disk."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    return limit
