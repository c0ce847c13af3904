"""Promise: whatever bytes a file holds, its rows are accounted for exactly or it is turned away with a reason."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from pipelines.settings import PROJECT_ROOT

pytestmark = pytest.mark.slow


def test_any_bytes_are_accounted_for_or_refused(measured: Callable[[str], None]) -> None:
    """45 s of damaged files, in a process of its own, so that a hang or a crash of a reader is an answer too."""
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", "45"]
    run = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=180)
    assert run.returncode == 0, run.stdout + run.stderr
    measured(f"{run.stdout.splitlines()[-1]}; 0 unaccounted")
