"""The two header rows: which columns are about the response, which belong to a question, and which question is NPS.

A question's text stands over its first column only; the columns behind it, without a text, are its options, matrix rows
or open ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

from pipelines.landing.connector import Refused

# Question text: how likely, and to recommend; the languages that SurveyMonkey's own template comes in most.
_LIKELY = r"likel|wahrscheinlich|probab|waarschijnlijk|mesure"
_RECOMMEND = r"recommend|empfehl|empfiehl|recommand|recomend|recomiend|raccomand|consigli|aanbevel|aanraad"
_OPEN_END = r"open-ended|please specify|comment"


@dataclass(frozen=True)
class Column:
    """One column of a question: its position in the file and its label in the second header row."""

    position: int
    label: str

    @property
    def is_open(self) -> bool:
        return re.search(_OPEN_END, self.label, re.IGNORECASE) is not None


@dataclass(frozen=True)
class Question:
    """A question and its columns."""

    text: str
    columns: list[Column] = field(default_factory=list)

    @property
    def asks_to_recommend(self) -> bool:
        folded = self.text.lower()
        return re.search(_LIKELY, folded) is not None and re.search(_RECOMMEND, folded) is not None


@dataclass(frozen=True)
class Header:
    """`about`: positions of the columns about the response, by lower-cased name."""

    about: dict[str, int]
    questions: list[Question]

    @classmethod
    def of(cls, texts: Sequence[str], labels: Sequence[str]) -> Header:
        """From the two rows, filled to the same length."""
        about: dict[str, int] = {}
        questions: list[Question] = []
        for position, (text, label) in enumerate(zip(texts, labels, strict=True)):
            if text and not label and not questions:
                about.setdefault(_folded(text), position)
            elif text:
                questions.append(Question(text, [Column(position, label)]))
            elif questions:
                questions[-1].columns.append(Column(position, label))
        return cls(about, questions)

    def named(self, name: str, key: str) -> tuple[Question, Column] | None:
        """The question, and its column, that a setting names: `text` or `text [label]`; None where there is none.

        Raises Refused where the text alone fits several columns.
        """
        wanted = _folded(name)
        columns = [(question, column) for question in self.questions for column in question.columns]
        for question, column in columns:
            if wanted == _folded(f"{question.text} [{column.label}]"):
                return question, column
        found = [(question, column) for question, column in columns if _folded(question.text) == wanted]
        closed = [(question, column) for question, column in found if not column.is_open] or found
        if len(closed) > 1:
            labels = ", ".join(f'"{question.text} [{column.label}]"' for question, column in closed[:5])
            raise Refused(f"The question '{name}' has several columns.", f"Write {key} as one of: {labels}.")
        return closed[0] if closed else None

    def nps(self, cells: Callable[[int], pl.Series]) -> list[tuple[Question, Column]]:
        """Columns whose question asks how likely one is to recommend, and whose answers are all 0 to 10."""
        return [
            (question, column)
            for question in self.questions
            if question.asks_to_recommend
            for column in question.columns
            if not column.is_open and _are_scores(cells(column.position))
        ]


def numbers(answers: pl.Series) -> pl.Series:
    """The number in a labelled answer (`10 - Extremely likely`, `Not at all likely - 0`); others as they stand."""
    found = answers.str.extract_all(r"-?\d+(?:[.,]\d+)?")
    only = found.list.first().set((found.list.len() != 1).fill_null(True), None)
    return only.fill_null(answers)


def _are_scores(answers: pl.Series) -> bool:
    given = numbers(answers.drop_nulls()).cast(pl.Int64, strict=False)
    return given.len() > 0 and bool(given.is_between(0, 10).fill_null(False).all())


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
