"""Answers of one open release, kept: its file does not change while it is open, so neither do they."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

MOST_ANSWERS, MOST_CELLS = 512, 20_000  # a filter of a page asks half of its questions again, and they are small


class Answers:
    """The last answers by question, for all threads. Large ones are not kept.

    They are kept as bytes: a frame that the engine made holds room for a million rows, however few it has.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, question: tuple[str, str], ask: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """The answer to a question, asked where it is not known yet. The frame is the caller's own."""
        import polars as pl

        with self._lock:
            if (kept := self._kept.get(question)) is not None:
                self._kept.move_to_end(question)
        if kept is not None:
            return pl.DataFrame.deserialize(io.BytesIO(kept))
        frame = ask()
        if frame.height * frame.width <= MOST_CELLS:
            with self._lock:
                self._kept[question] = frame.serialize()
                if len(self._kept) > MOST_ANSWERS:
                    self._kept.popitem(last=False)
        return frame
