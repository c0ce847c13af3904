"""A child process that holds a heavy library: warmed up on another core, asked one question at a time.

A request is a line of JSON on the child's stdin, its answer a line on its stdout; what libraries print goes to a log. A
child never outlives its parent: when stdin ends, it ends at once, whatever it is doing. This module is both ends, and
imports nothing heavy.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from pipelines.errors import UserError
from pipelines.settings import PROJECT_ROOT

LAST_LINES = 15
_USER_ERROR = "user_error"
_RESULT = "result"


class Worker:
    """The parent's end; use as a context manager. `module` is run with `python -m` and calls `answer_requests`."""

    def __init__(self, name: str, module: str, environment: Mapping[str, str] | None = None) -> None:
        self._name = name
        self._module = module
        self._environment = dict(environment or {})
        self._child: subprocess.Popen[str] | None = None
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  (closed by close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def warm_up(self) -> None:
        """Start the child, if it is not there yet, and return at once."""
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", self._module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                text=True,
                cwd=PROJECT_ROOT,
                env={**os.environ, **self._environment},
            )

    def ask(self, request: Mapping[str, Any]) -> Any:
        """The child's answer. Raises the UserError that the child raised; RuntimeError if it failed or died."""
        self.warm_up()
        assert self._child is not None and self._child.stdin is not None and self._child.stdout is not None
        try:
            print(json.dumps(request), file=self._child.stdin, flush=True)
            line = self._child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            child, self._child = self._child, None
            raise RuntimeError(f"{self._name} ended with status {child.wait()}:\n{self._last_words()}")
        answer = json.loads(line)
        if _USER_ERROR in answer:
            raise UserError(**answer[_USER_ERROR])
        return answer[_RESULT]

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


def answer_requests(answer: Callable[[dict[str, Any]], Any], warm_up: Callable[[], object]) -> None:
    """The child's end: warm up, then answer until stdin ends. Standard output is for answers only."""
    answers, sys.stdout = sys.stdout, sys.stderr
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(requests,), daemon=True).start()
    with contextlib.suppress(UserError):  # the first request meets it again, and reports it
        warm_up()
    while True:
        request = json.loads(requests.get())
        try:
            reply = {_RESULT: answer(request)}
        except UserError as error:
            reply = {_USER_ERROR: error.as_arguments()}
        print(json.dumps(reply), file=answers, flush=True)


def _receive(requests: "queue.SimpleQueue[str]") -> None:
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)  # the parent is gone, or wants no more: nobody would read an answer
