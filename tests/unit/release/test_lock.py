"""One writer at a time."""

import subprocess
import sys
from pathlib import Path

import pytest
from releases import settings_of

from pipelines.errors import LockHeld
from pipelines.release.lock import refresh_lock

HOLDER = """
import datetime, pathlib, sys, time
from pipelines.release.lock import refresh_lock
from pipelines.settings import Settings
with refresh_lock(Settings(home=pathlib.Path(sys.argv[1]), as_of=datetime.date(2026, 1, 30))):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_refresh_is_refused_and_told_who_holds_the_lock(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockHeld, match=f"process {holder.pid}, since 20"), refresh_lock(settings_of(tmp_path)):
            pass
        holder.kill()
        holder.wait()
    with refresh_lock(settings_of(tmp_path)):
        pass  # the kernel freed the lock of the killed holder


def test_the_holder_may_take_it_again(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with refresh_lock(settings), refresh_lock(settings):
        assert "process" in (tmp_path / "refresh.lock").read_text()
