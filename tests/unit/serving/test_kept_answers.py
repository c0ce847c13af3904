"""Answers of an open release are asked once, and nobody who has one can change another's."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from pipelines.serving import answers
from pipelines.serving.answers import Answers

FRAME = pl.DataFrame({"arr": [Decimal("10.50"), None], "month": [dt.date(2026, 9, 1), None], "name": ["Zoë", ""]})


@pytest.fixture
def asked() -> list[str]:
    return []


def ask(kept: Answers, asked: list[str], question: str) -> pl.DataFrame:
    def engine() -> pl.DataFrame:
        asked.append(question)
        return FRAME.clone()

    return kept.of((question, "[]"), engine)


def test_a_question_is_asked_once_and_its_answer_is_the_same(asked: list[str]) -> None:
    kept = Answers()
    first, again = ask(kept, asked, "a"), ask(kept, asked, "a")
    assert asked == ["a"]
    assert again.equals(FRAME) and again.schema == first.schema == FRAME.schema


def test_changing_a_frame_changes_no_other(asked: list[str]) -> None:
    kept = Answers()
    for _ in range(2):
        ask(kept, asked, "a").insert_column(0, pl.lit(1).alias("more"))
    assert ask(kept, asked, "a").equals(FRAME)


def test_the_one_that_was_longest_not_asked_for_goes_first(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_ANSWERS", 2)
    kept = Answers()
    for question in ("a", "b", "a", "c", "a", "b"):
        ask(kept, asked, question)
    assert asked == ["a", "b", "c", "b"]


def test_a_large_answer_is_asked_for_again(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_CELLS", FRAME.height * FRAME.width - 1)
    kept = Answers()
    ask(kept, asked, "a"), ask(kept, asked, "a")
    assert asked == ["a", "a"]
