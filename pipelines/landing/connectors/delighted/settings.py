"""The table `[sources.delighted]` of `tenure.toml`: what no response says of its survey."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from pipelines.landing.kit.source_settings import DatedSettings, known_only

# Canonical columns that a CSV's columns may be named for, with the headers to propose for them.
CSV_COLUMNS: dict[str, tuple[str, ...]] = {
    "response_id": ("id", "response id", "survey response id"),
    "score": ("score", "nps score", "rating"),
    "responded_at": ("response time", "responded at", "created at", "created", "date"),
    "comment": ("comment", "additional feedback"),
    "email": ("email", "person email"),
    "respondent_id": ("person id", "person"),
    "question": ("survey type", "survey_type"),
}
REQUIRED_COLUMNS = ("score", "responded_at", "email")


class DelightedSettings(DatedSettings):
    """Keys of Delighted.

    `survey_type`: whether people are asked after an event or at intervals. `account_key`: the property of a person that
    names the account; `account_hint`: those that hold the CRM's account id. `csat_scale`: the worst and the best CSAT
    answer, which become 0 and 100. A CSV has such properties as columns; `columns`: its others by canonical column;
    `question`: what a CSV's survey asks, where no column says it.
    """

    survey_type: Literal["transactional", "relationship"] | None = None
    account_key: str = "company"
    account_hint: tuple[str, ...] = ("account_id", "salesforce_account_id")
    csat_scale: tuple[float, float] | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    question: str | None = None

    @field_validator("columns")
    @classmethod
    def _are_known(cls, columns: dict[str, str]) -> dict[str, str]:
        return known_only(columns, CSV_COLUMNS)

    @model_validator(mode="after")
    def _has_a_scale_with_two_ends(self) -> DelightedSettings:
        if self.csat_scale is not None and self.csat_scale[0] == self.csat_scale[1]:
            raise ValueError("csat_scale needs two different numbers, such as [1, 5]")
        return self
