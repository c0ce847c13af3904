"""The child processes of a run, each with a heavy library: dbt, and Great Expectations."""

from contextlib import ExitStack
from types import TracebackType

from pipelines.audit.expectations import ExpectationsProcess
from pipelines.warehouse.process import BuildProcess


class Workers:
    """Both children; use as a context manager. They start when they are warmed up, or asked."""

    def __init__(self) -> None:
        self.builder = BuildProcess()
        self.expectations = ExpectationsProcess()
        self._open = ExitStack()

    def __enter__(self) -> "Workers":
        self._open.enter_context(self.builder)
        self._open.enter_context(self.expectations)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
