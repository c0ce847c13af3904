"""The table `[sources.stripe]` of `tenure.toml`."""

from __future__ import annotations

from pipelines.landing.kit.source_settings import LocalSettings, TimeZone


class StripeSettings(LocalSettings):
    """`time_zone` is the one in which Stripe's times become days; `account_metadata_keys` hold the CRM's account id.

    The order or format of dates and the decimal mark are those of the dashboard's CSV; the JSON holds whole numbers.
    """

    time_zone: TimeZone = "UTC"
    account_metadata_keys: tuple[str, ...] = ("account_id", "salesforce_account_id")
