"""Answers of one open release, kept: its file does not change while it is open, so neither do they."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

MOST_ANSWERS, MOST_CELLS = 512, 20_000  # a filter of a page asks half of its questions again, and they are small


class Answers:
    """The last answers by question, for all threads. Large ones are not kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], pl.DataFrame] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, question: tuple[str, str], ask: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """The caller's own frame of it: changing it changes no other."""
        with self._lock:
            if (frame := self._kept.get(question)) is not None:
                self._kept.move_to_end(question)
        if frame is None:
            frame = ask()
            if frame.height * frame.width <= MOST_CELLS:
                with self._lock:
                    self._kept[question] = frame
                    if len(self._kept) > MOST_ANSWERS:
                        self._kept.popitem(last=False)
        return frame.clone()
