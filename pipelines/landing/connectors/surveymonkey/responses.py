"""What a response becomes: an NPS response, a CSAT response, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pipelines.landing.connector import (
    IS_ACTIVE,
    LINE_NUMBER,
    NOTE,
    RAW,
    REJECT,
    Extract,
    IncomingFile,
    Refused,
    SourceContext,
)  # fmt: skip
from pipelines.landing.connectors.salesforce.values import ids
from pipelines.landing.connectors.surveymonkey.questions import Column, Header, Question, numbers
from pipelines.landing.connectors.surveymonkey.settings import SurveyColumn, SurveyKeys, SurveyMonkeySettings
from pipelines.landing.kit import local_formats
from pipelines.landing.kit.labels import constant
from pipelines.landing.kit.repeats import cells_of_repeated
from pipelines.landing.reading.dialects import Table
from pipelines.landing.reading.grids import header_at, read_grid, table_of

NO_NPS_ANSWER = "no answer to the NPS question"
NO_CSAT_ANSWER = "no answer to the CSAT question"
_RESPONDENT = "respondent id"
_ENDED = ("end date", "date modified")
_EMAIL = ("email address", "email")
_TABLE = "[sources.surveymonkey] in tenure.toml"


@dataclass(frozen=True)
class _Survey:
    """One file: its header, its answers by position, and what the settings say of it."""

    header: Header
    table: Table
    keys: SurveyKeys

    def cells(self, position: int) -> pl.Series:
        return self.table.rows[self.table.columns[position]]

    def about(self, *names: str) -> pl.Series:
        """The first of the columns about the response that the file has."""
        found = next((name for name in names if name in self.header.about), None)
        return constant(None, self.table.rows.height) if found is None else self.cells(self.header.about[found])

    def column(self, label: str | None, key: str) -> pl.Series:
        """The cells of a column that a setting names: one about the response, or a question's."""
        if label is None:
            return constant(None, self.table.rows.height)
        position = self.header.about.get(" ".join(label.split()).casefold())
        if position is not None:
            return self.cells(position)
        return self.cells(self.question(label, key)[1].position)

    def own(self, name: SurveyColumn) -> pl.Series | None:
        """The cells of the column that `columns` names for a canonical column; None where it names none."""
        label = self.keys.columns.get(name)
        return None if label is None else self.column(label, f"columns.{name}")

    def question(self, name: str, key: str) -> tuple[Question, Column]:
        found = self.header.named(name, key)
        if found is None:
            asked = "; ".join(f"'{question.text[:80]}'" for question in self.header.questions[:10])
            raise Refused(
                f"It has no '{name}', which the setting {key} names; its questions are: {asked}.",
                f'Correct {key} under {_TABLE}; keys of single surveys stand below surveys."<file name pattern>".',
            )
        return found


def read(file: IncomingFile, settings: SurveyMonkeySettings, source: SourceContext) -> list[Extract]:
    """nps_responses, csat_responses or both. Raises Refused where the file, or what it asks, is not plain."""
    survey = _survey(file, settings.of_file(file.basename))
    shared = _shared(survey, settings, source)
    nps, csat = _nps_question(survey), _csat_question(survey)
    extracts = []
    if nps is not None:
        extracts.append(_nps(survey, shared, *nps))
    if csat is not None:
        extracts.append(_csat(survey, shared, csat, source, is_derived=nps is not None))
    if not extracts:
        raise Refused(
            "None of its questions asks how likely one is to recommend, with answers from 0 to 10.",
            f"Name the question: nps_question or csat_question under {_TABLE}.",
        )
    return extracts


def _survey(file: IncomingFile, keys: SurveyKeys) -> _Survey:
    rows = read_grid(file)
    at = header_at(rows, lambda cells: _RESPONDENT in cells)
    texts = rows[at].cells or []
    labels = rows[at + 1].cells if at + 1 < len(rows) else None
    if labels is None or any(labels[texts_at] for texts_at in [_position(texts)] if texts_at < len(labels)):
        raise Refused(
            "Its second header row, with the labels of the answers, is missing.",
            'Export "All individual responses" again, in the original view.',
        )
    width = max(len(texts), len(labels))
    header = Header.of([*texts, *[""] * width][:width], [*labels, *[""] * width][:width])
    return _Survey(header, table_of([f"column {n}" for n in range(1, width + 1)], rows[at + 2 :]), keys)


def _position(texts: list[str]) -> int:
    return [text.lower() for text in texts].index(_RESPONDENT)


def _shared(survey: _Survey, settings: SurveyMonkeySettings, source: SourceContext) -> pl.DataFrame:
    """What both entities have: the response's id and time, and by what its account is found."""
    own = survey.own("responded_at")
    written = survey.about(*_ENDED) if own is None else own
    style = local_formats.date_style([written], settings, "surveymonkey")
    zone = settings.time_zone or source.company_time_zone
    email = survey.about(*_EMAIL).str.to_lowercase()
    named = survey.column(survey.keys.account_key, "account_key")
    return survey.table.rows.select(LINE_NUMBER, RAW, REJECT).with_columns(
        cells_of_repeated(survey.table.rows, survey.about(_RESPONDENT)),
        survey.about(_RESPONDENT).alias("response_id"),
        local_formats.timestamps(written, style, zone).alias("responded_at"),
        named.fill_null(email.str.extract(r"@(.+)$")).alias("_account_key"),
        named.alias("_account_name"),
        ids(named).alias("_account_hint"),
        email.alias("_account_email"),
    )


def _nps_question(survey: _Survey) -> tuple[Question, Column] | None:
    """The question that the settings name, else the only one that can be it. Raises Refused where there are several."""
    if survey.keys.nps_question is not None:
        return survey.question(survey.keys.nps_question, "nps_question")
    found = survey.header.nps(survey.cells)
    if len(found) > 1:
        choice = ", ".join(f'"{question.text} [{column.label}]"' for question, column in found[:5])
        raise Refused(
            f"{len(found)} of its columns can be the NPS question.",
            f"Write nps_question under {_TABLE}: one of {choice}.",
        )
    return found[0] if found else None


def _csat_question(survey: _Survey) -> Column | None:
    return survey.question(survey.keys.csat_question, "csat_question")[1] if survey.keys.csat_question else None


def _nps(survey: _Survey, shared: pl.DataFrame, question: Question, column: Column) -> Extract:
    if survey.keys.survey_type is None:
        raise Refused(
            "Nothing tells whether its survey is a transactional or a relationship one.",
            f'Write survey_type = "relationship" or "transactional" under {_TABLE}, or by file in surveys.',
        )
    score = numbers(survey.cells(column.position))
    usual = shared["_account_email"].fill_null(shared["response_id"])
    own = survey.own("respondent_id")
    respondent = usual if own is None else own.fill_null(usual)
    rows = shared.with_columns(
        respondent.alias("respondent_id"),
        pl.lit(survey.keys.survey_type).alias("survey_type"),
        score.alias("score"),
        _comment(survey, question).alias("comment"),
        *_activity(score, NO_NPS_ANSWER),
    )
    return Extract("nps_responses", rows)


def _comment(survey: _Survey, question: Question) -> pl.Series:
    """The answer to the question that the settings name, else the open end of the NPS question itself."""
    named = survey.own("comment")
    if named is not None:
        return named
    own = next((column for column in question.columns if column.is_open), None)
    return constant(None, survey.table.rows.height) if own is None else survey.cells(own.position)


def _csat(survey: _Survey, shared: pl.DataFrame, column: Column, source: SourceContext, is_derived: bool) -> Extract:
    answers = survey.cells(column.position)
    score = _scores(answers, survey.keys, source)
    project = survey.own("project_id")
    rows = shared.with_columns(
        (constant(None, shared.height) if project is None else project).alias("project_id"),
        score.alias("score"),
        *_activity(score, NO_CSAT_ANSWER),
    )
    return Extract("csat_responses", rows.filter(score.is_not_null()) if is_derived else rows, is_derived=is_derived)


def _scores(answers: pl.Series, keys: SurveyKeys, source: SourceContext) -> pl.Series:
    """0 to 100: the company's own word for an answer first, else its number on the scale."""
    known: Mapping[str, str] = {
        answer: score
        for answer in answers.drop_nulls().unique().to_list()
        if (score := source.map_values("csat_responses", "score", answer)) is not None
    }
    mapped = answers.replace_strict(known, default=None, return_dtype=pl.String)
    if keys.csat_scale is None:
        if (answers.is_not_null() & mapped.is_null()).any():
            raise Refused(
                "Nothing tells how the answers to its CSAT question become 0 to 100.",
                f"Write csat_scale = [worst, best], such as [1, 5], under {_TABLE}, or map each answer by map_values.",
            )
        return mapped
    low, high = keys.csat_scale
    number = numbers(answers).cast(pl.Float64, strict=False)
    is_inside = number.is_between(min(low, high), max(low, high)).fill_null(False)
    scaled = ((number - low) / (high - low) * 100).round(10).cast(pl.String).set(~is_inside, None)
    return mapped.fill_null(scaled).fill_null(answers + " (not on the scale)")


def _activity(score: pl.Series, note: str) -> list[pl.Series]:
    is_answered = score.is_not_null()
    why = constant(note, score.len()).set(is_answered, None)
    return [is_answered.alias(IS_ACTIVE), why.alias(NOTE)]
