"""The table `[sources.bullhorn]` of `tenure.toml`."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from pipelines.landing.connectors.bullhorn.objects import OBJECTS, BullhornObject
from pipelines.landing.kit.source_settings import Currency, DatedSettings, EntityColumns
from pipelines.landing.kit.tickets import Words

_CANCELLED = ("Cancelled", "Canceled", "Withdrawn", "Rejected", "Declined")


class BullhornSettings(DatedSettings):
    """`is_crm`: Bullhorn's client corporations are the accounts; otherwise they find their accounts in another CRM.

    `columns["job_orders.openings"]` or `columns["openings"]` names a renamed label, or a path in the JSON. Placements
    with one of `cancelled_statuses` never began.
    """

    is_crm: bool = False
    default_currency: Currency | None = None
    cancelled_statuses: Words = _CANCELLED
    columns: EntityColumns = Field(default_factory=dict)

    @model_validator(mode="after")
    def _columns_are_known(self) -> Self:
        qualified = {f"{each.entity}.{name}" for each in OBJECTS for name in each.fields}
        known = qualified | {name.partition(".")[2] for name in qualified}
        if unknown := sorted(set(self.columns) - known):
            raise ValueError(f"columns.{unknown[0]}: use one of {', '.join(sorted(qualified))}")
        return self

    def labels(self, of_object: BullhornObject) -> dict[str, str]:
        """The company's own labels or paths for an object's fields; an entity's own key goes first."""
        named = {name: (f"{of_object.entity}.{name}", name) for name in of_object.fields}
        return {name: self.columns[key] for name, keys in named.items() for key in keys[::-1] if key in self.columns}
