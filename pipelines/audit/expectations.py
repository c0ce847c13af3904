"""The business gate: Great Expectations suites (`expectations/*.json`, one file a table) on the marts of a build.

Great Expectations costs 5-7 s and 230 MB to import. It therefore lives in one child process, `expectations_worker`,
that is started when the build starts and warms up on another core while dbt works; when the audit comes, it is ready.
This module holds the side that asks; it imports nothing heavy.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from pipelines.audit.checks import Check
from pipelines.settings import PROJECT_ROOT

SUITES = PROJECT_ROOT / "expectations"
LAST_LINES = 15
QUIET = {"GX_ANALYTICS_ENABLED": "false", "PYTHONWARNINGS": "ignore"}


class ExpectationsProcess:
    """The child that holds Great Expectations; use as a context manager. It ends when this process does."""

    def __init__(self, suites: Path = SUITES) -> None:
        self._suites = suites
        self._child: subprocess.Popen[str] | None = None
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  (closed by close)

    def __enter__(self) -> "ExpectationsProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def warm_up(self) -> None:
        """Start the child, if it is not there yet, and return at once."""
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "pipelines.audit.expectations_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                text=True,
                cwd=PROJECT_ROOT,
                env={**os.environ, **QUIET},
            )

    def validate(self, warehouse: Path) -> list[Check]:
        """All suites against a warehouse nobody holds open for writing. Raises RuntimeError if the child dies."""
        self.warm_up()
        assert self._child is not None and self._child.stdin is not None and self._child.stdout is not None
        request = json.dumps({"warehouse": str(warehouse), "suites": str(self._suites)})
        try:
            print(request, file=self._child.stdin, flush=True)
            answer = self._child.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            child, self._child = self._child, None
            raise RuntimeError(f"Great Expectations ended with status {child.wait()}:\n{self._last_words()}")
        return [Check.model_validate(check) for check in json.loads(answer)]

    def close(self) -> None:
        """End the child, asked or not."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None
        self._log.close()

    def _last_words(self) -> str:
        self._log.seek(0)
        return "\n".join(self._log.read().splitlines()[-LAST_LINES:])
