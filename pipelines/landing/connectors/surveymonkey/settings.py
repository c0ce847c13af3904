"""The table `[sources.surveymonkey]` of `tenure.toml`: what no export says of its survey."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.landing.kit.source_settings import DatedSettings

SurveyColumn = Literal["respondent_id", "responded_at", "comment", "project_id"]


class SurveyKeys(BaseModel):
    """Keys of one survey. Questions are named by their text; one with several columns as `text [label]`.

    `account_key`: the column that names the account. `columns`: the column or question that holds another canonical
    column. `csat_scale`: the worst and the best answer, which become 0 and 100.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    survey_type: Literal["transactional", "relationship"] | None = None
    nps_question: str | None = None
    csat_question: str | None = None
    csat_scale: tuple[float, float] | None = None
    account_key: str | None = None
    columns: Mapping[SurveyColumn, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _scale_goes_up(self) -> Self:
        if self.csat_scale is not None and self.csat_scale[0] == self.csat_scale[1]:
            raise ValueError("csat_scale needs two different numbers, such as [1, 5]")
        return self


class SurveyMonkeySettings(DatedSettings, SurveyKeys):
    """Keys for all surveys; those of single ones stand in `surveys`, by a pattern of their file names."""

    surveys: Mapping[str, SurveyKeys] = {}

    def of_file(self, name: str) -> SurveyKeys:
        """The keys of the survey in a file: those of the first pattern that fits its name, else those for all."""
        keys = self.model_dump(include=set(SurveyKeys.model_fields), exclude_none=True)
        for pattern, own in self.surveys.items():
            if fnmatch(name.lower(), pattern.lower()):
                return SurveyKeys(**{**keys, **own.model_dump(exclude_none=True)})
        return SurveyKeys(**keys)
