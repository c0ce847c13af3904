"""The table `[sources.hubspot]` of `tenure.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from pipelines.landing.entities import ENTITIES
from pipelines.landing.kit.source_settings import Currency, EntityColumns, LocalSettings
from pipelines.landing.kit.tickets import EscalationField, Words

_READ = ("accounts", "opportunities", "contracts", "contacts", "escalations", "support_tickets")


def _columns_exist(columns: Mapping[str, str]) -> Mapping[str, str]:
    known = {f"{entity}.{name}" for entity in _READ for name in ENTITIES[entity].columns}
    known |= {name.partition(".")[2] for name in known}
    unknown = sorted(set(columns) - known)
    if unknown:
        raise ValueError(f"{unknown[0]} is no column of {', '.join(_READ)}")
    return columns


class HubSpotSettings(LocalSettings):
    """What the company says about its own HubSpot.

    `columns["region"]` or `columns["accounts.region"]` is the label (or internal name) of the property that holds the
    canonical column; it goes instead of the usual one. `time_zone` is the account's, for HubSpot writes times without
    one (default: the company's). A ticket is an escalation where `escalation_field` or `escalation_priority` says so.
    """

    default_currency: Currency | None = None
    columns: Annotated[EntityColumns, AfterValidator(_columns_exist)] = Field(default_factory=dict)
    won_stages: Words = ()
    lost_stages: Words = ()
    open_stages: Words = ()
    qualified_from_probability: float = 50.0
    escalation_field: EscalationField | None = None
    escalation_priority: Words = ()

    def label(self, entity: str, column: str) -> str | None:
        """The label of the company's own property for a column of an entity."""
        return self.columns.get(f"{entity}.{column}", self.columns.get(column))
