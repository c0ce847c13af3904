"""Starts the child process that holds Great Expectations, without a library of which it needs nothing.

Great Expectations imports altair for its charts of shares, which no page of ours has (see `data_docs`). SciPy's
statistics stay: shares are compared with them as soon as there is a release before, and here nobody waits for them.
"""

import importlib
import sys
from types import ModuleType
from typing import Any

from pipelines.worker import answer_requests

UNUSED = ("altair",)


class Postponed(ModuleType):
    """Stands for a library that is imported once something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system's own questions
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def postpone(*libraries: str) -> None:
    """Import these libraries when something of them is used, not before."""
    sys.modules.update({name: Postponed(name) for name in libraries if name not in sys.modules})


def _answer(request: dict[str, Any]) -> list[dict[str, Any]]:
    from pipelines.audit.expectations_worker import answer

    return answer(request)


def _warm_up() -> None:
    import pipelines.audit.expectations_worker  # noqa: F401  (imported ahead of the first request)


if __name__ == "__main__":
    postpone(*UNUSED)
    answer_requests(_answer, _warm_up)
