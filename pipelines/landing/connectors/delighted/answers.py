"""Answers as NPS and CSAT responses. Only NPS answers are on a scale that the book knows without being told."""

from __future__ import annotations

import polars as pl

from pipelines.landing.connector import IS_ACTIVE, LINE_NUMBER, NOTE, RAW, REJECT, Extract, Finding, Refused
from pipelines.landing.connectors.delighted.settings import DelightedSettings
from pipelines.landing.connectors.salesforce import values

# The plain columns of an answer, all text: what both formats are brought to.
_TEXTS = (
    "response_id", "respondent_id", "question", "score", "responded_at", "comment", "account_key", "account_name",
    "account_hint", "email",
)  # fmt: skip
SCHEMA: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(_TEXTS, pl.String), LINE_NUMBER: pl.Int64, RAW: pl.String, REJECT: pl.String,
}  # fmt: skip
_NPS, _CSAT = "nps", "csat"


def extracts(answers: pl.DataFrame, own: DelightedSettings) -> list[Extract]:
    """NPS answers as they are; CSAT answers on the company's scale; all others landed, without a part in any metric."""
    question = pl.col("question").str.strip_chars().str.to_lowercase()
    answers = answers.with_columns(question.alias("question"))
    if own.survey_type is None and (answers["question"] == _NPS).any():
        raise Refused(
            "Nothing tells whether its survey is a transactional or a relationship one.",
            'Write survey_type = "relationship" or "transactional" under [sources.delighted] in tenure.toml.',
        )
    rows = answers.with_columns(
        pl.coalesce("account_key", pl.col("email").str.extract(r"@(.+)$").str.to_lowercase()).alias("_account_key"),
        pl.col("account_name").alias("_account_name"),
        values.ids(answers["account_hint"]).alias("_account_hint"),
        pl.col("email").alias("_account_email"),
        pl.lit(own.survey_type).alias("survey_type"),
    )
    is_csat = (pl.col("question") == _CSAT).fill_null(False)
    nps, csat = _nps(rows.filter(~is_csat)), _csat(rows.filter(is_csat), own)
    found = [Extract("nps_responses", nps, findings=_findings(rows, own))]
    return [*found, Extract("csat_responses", csat)] if csat.height else found


def _nps(rows: pl.DataFrame) -> pl.DataFrame:
    is_nps = (pl.col("question") == _NPS).fill_null(False) | pl.col(REJECT).is_not_null()
    note = pl.format("survey type '{}' is not on the scale of NPS", pl.col("question").fill_null("(none)"))
    return rows.with_columns(is_nps.alias(IS_ACTIVE), pl.when(~is_nps).then(note).alias(NOTE)).select(
        "response_id",
        "respondent_id",
        "survey_type",
        "score",
        "responded_at",
        "comment",
        *_about(rows),
        IS_ACTIVE,
        NOTE,
    )


def _csat(rows: pl.DataFrame, own: DelightedSettings) -> pl.DataFrame:
    """Without a scale they take no part: 4 of 5 must not count as 4 of 100."""
    if own.csat_scale is None:
        note = "csat without a scale: write csat_scale = [1, 5] under [sources.delighted]"
        rows = rows.with_columns(pl.lit(False).alias(IS_ACTIVE), pl.lit(note).alias(NOTE))
    else:
        worst, best = own.csat_scale
        number = pl.col("score").cast(pl.Float64, strict=False)
        scaled = ((number - worst) / (best - worst) * 100).round(6).cast(pl.Decimal(28, 6), strict=False)
        rows = rows.with_columns(
            pl.coalesce(scaled.cast(pl.String), "score").alias("score"),
            pl.lit(True).alias(IS_ACTIVE),
            pl.lit(None, pl.String).alias(NOTE),
        )
    return rows.select("response_id", "score", "responded_at", *_about(rows), IS_ACTIVE, NOTE)


def _about(rows: pl.DataFrame) -> list[str]:
    return [*(name for name in rows.columns if name.startswith("_account")), LINE_NUMBER, RAW, REJECT]


def _findings(rows: pl.DataFrame, own: DelightedSettings) -> list[Finding]:
    used = [_NPS, _CSAT] if own.csat_scale else [_NPS]
    others = rows.filter(pl.col(REJECT).is_null() & ~pl.col("question").is_in(used).fill_null(False))
    return [
        Finding(
            "no_nps_survey",
            f"{count} answers to '{question}' surveys were landed and take no part"
            + (": write csat_scale = [1, 5] under [sources.delighted] to count them" if question == _CSAT else ""),
            "csat_responses" if question == _CSAT else "nps_responses",
            "survey_type",
            question,
            count,
        )
        for question, count in others.group_by("question").len().sort("question").iter_rows()
    ]
