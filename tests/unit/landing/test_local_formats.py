"""Days, times and numbers of local formats: what a setting decides, what the values prove, what is asked about."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.errors import UserError
from pipelines.landing.connector import Refused
from pipelines.landing.connectors.bullhorn.settings import BullhornSettings
from pipelines.landing.connectors.delighted.settings import DelightedSettings
from pipelines.landing.connectors.hubspot.settings import HubSpotSettings
from pipelines.landing.connectors.jira.issues import JiraSettings
from pipelines.landing.connectors.netsuite.settings import NetSuiteSettings
from pipelines.landing.connectors.quickbooks.settings import QuickBooksSettings
from pipelines.landing.connectors.salesforce import settings as salesforce
from pipelines.landing.connectors.stripe.settings import StripeSettings
from pipelines.landing.connectors.surveymonkey.settings import SurveyMonkeySettings
from pipelines.landing.connectors.xero.export import XeroSettings
from pipelines.landing.kit import local_formats
from pipelines.landing.kit.local_formats import DateStyle
from pipelines.landing.kit.source_settings import DatedSettings, DateOrder, LocalSettings, SourceSettings
from pipelines.landing.kit.tickets import TicketSettings
from pipelines.landing.mapped.rows import MappedSettings

DATED: dict[str, type[DatedSettings]] = {
    "bullhorn": BullhornSettings, "delighted": DelightedSettings, "hubspot": HubSpotSettings, "jira": JiraSettings,
    "netsuite": NetSuiteSettings, "quickbooks": QuickBooksSettings, "stripe": StripeSettings,
    "surveymonkey": SurveyMonkeySettings, "xero": XeroSettings, "zendesk": TicketSettings, "my_vms": MappedSettings,
}  # fmt: skip
LOCAL = {"date_order": "dmy", "date_format": "%d.%m.%Y %H:%M", "time_zone": "Europe/Berlin"}


@pytest.mark.parametrize("source", DATED)
def test_every_source_has_the_same_words_for_local_formats(source: str):
    decimal = {"decimal": "comma"} if issubclass(DATED[source], LocalSettings) else {}
    settings = DATED[source].parse(source, {**LOCAL, **decimal})
    assert (settings.date_order, settings.date_format, settings.time_zone) == tuple(LOCAL.values())


def test_salesforce_reports_have_them_too():
    settings = salesforce.parse({**LOCAL, "decimal": "comma", "won_stages": "Signed"})
    assert (settings.date_format, settings.decimal, settings.won_stages) == ("%d.%m.%Y %H:%M", "comma", ("Signed",))
    with pytest.raises(UserError, match="date_format"):
        salesforce.parse({"date_format": "%H:%M"})


@pytest.mark.parametrize(
    ("settings", "key", "currency"),
    [
        (QuickBooksSettings, "home_currency", "usd"),
        (NetSuiteSettings, "base_currency", "USD"),
        (XeroSettings, "default_currency", "GBP"),
        (BullhornSettings, "default_currency", "EUR"),
        (HubSpotSettings, "default_currency", "EUR"),
        (MappedSettings, "default_currency", "EUR"),
    ],
)
def test_each_source_has_one_key_for_the_currency(settings: type[SourceSettings], key: str, currency: str):
    assert getattr(settings.parse("x", {key: currency}), key) == currency.upper()
    with pytest.raises(UserError, match="unknown key 'currency'"):
        settings.parse("x", {"currency": currency})


@pytest.mark.parametrize(
    "wrong",
    [
        {"date_order": "day_first"},
        {"date_format": "%d.%m."},
        {"date_format": "dd.mm.yyyy"},
        {"decimal": ","},
        {"decimal_mark": "comma"},
        {"time_zone": "Mars"},
    ],
)
def test_a_value_that_cannot_be_used_is_named(wrong: dict[str, str]):
    with pytest.raises(UserError, match=next(iter(wrong))):
        LocalSettings.parse("x", wrong)


@pytest.mark.parametrize(
    ("order", "cell", "iso"),
    [
        ("mdy", "1/31/26", "2026-01-31"),
        ("dmy", "31.1.2026", "2026-01-31"),
        ("ymd", "26/01/31", "2026-01-31"),
        ("ymd", "2026/1/31", "2026-01-31"),
        ("dmy", "2026-01-31", "2026-01-31"),
        ("dmy", "1/31/2026", "1/31/2026"),
    ],
)
def test_days_by_their_order(order: DateOrder, cell: str, iso: str):
    assert local_formats.days(pl.Series([cell, None]), DateStyle(order)).to_list() == [iso, None]


@pytest.mark.parametrize(
    ("cells", "setting", "order"),
    [
        (["01/02/2026", "31/01/2026"], None, "dmy"),
        (["01/02/2026", "01/31/2026"], None, "mdy"),
        (["2026-01-02"], None, "ymd"),
        (["26/01/31", "26/02/01"], "ymd", "ymd"),
        (["01/02/2026"], "mdy", "mdy"),
        ([], None, "ymd"),
    ],
)
def test_the_order_is_set_or_proved(cells: list[str], setting: DateOrder | None, order: DateOrder):
    assert local_formats.date_order([pl.Series(cells, dtype=pl.String)], setting, "x") == order


@pytest.mark.parametrize(
    ("cells", "setting", "words"),
    [
        (["01/02/2026"], None, "Nothing tells"),
        (["31/01/2026"], "mdy", "'31/01/2026' has the day first"),
        (["31/01/2026"], "ymd", "'31/01/2026' has the year last"),
        (["31/01/2026", "01/31/2026"], "dmy", "others the month first"),
    ],
)
def test_an_order_that_nothing_decides_or_the_values_contradict_is_refused(
    cells: list[str], setting: DateOrder | None, words: str
):
    with pytest.raises(Refused, match=words):
        local_formats.date_order([pl.Series(cells)], setting, "x")


def test_a_format_goes_before_the_order_and_reads_days_and_times():
    settings = DatedSettings(date_order="mdy", date_format="%d.%m.%y %H.%M")
    style = local_formats.date_style([pl.Series(["01.02.26 10.30"])], settings, "x")
    cells = pl.Series(["01.02.26 10.30", "01.02.26", "2026-02-01", "2026-02-01 10:30:00", "01/02/26", None])
    assert local_formats.days(cells, style).to_list() == [
        "2026-02-01", "2026-02-01", "2026-02-01", "2026-02-01 10:30:00", "01/02/26", None,
    ]  # fmt: skip
    assert [cell and cell[:16] for cell in local_formats.timestamps(cells, style, "Europe/Berlin")] == [
        "2026-02-01T09:30", "2026-01-31T23:00", "2026-02-01", "2026-02-01T09:30", "01/02/26", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("layout", "cell", "utc"),
    [
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2026-02-01T10:30:00.25+0200", "2026-02-01T08:30:00"),
        ("%m/%d/%Y %I:%M %p", "02/01/2026 03:26 PM", "2026-02-01T15:26:00"),
        ("%H:%M on %d %B %Y", "10:30 on 1 February 2026", "2026-02-01T10:30:00"),
    ],
)
def test_times_by_a_format(layout: str, cell: str, utc: str):
    DatedSettings.parse("x", {"date_format": layout})
    (found,) = local_formats.timestamps(pl.Series([cell]), DateStyle(format=layout), "UTC")
    assert found.startswith(utc)


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["1 234,50"], "comma"),
        (["1'234.50"], "point"),
        (["0.125"], "point"),
        (["0,125"], "comma"),
        (["$1,234", "€5"], None),
        ([], "point"),
    ],
)
def test_a_decimal_mark_is_proved_or_asked_about(cells: list[str], mark: str | None):
    series = pl.Series(cells, dtype=pl.String)
    if mark is None:
        with pytest.raises(Refused, match="thousands or decimals") as refused:
            local_formats.decimal_mark([series], None, "x")
        assert 'Write decimal = "point" or "comma" under [sources.x]' in refused.value.do
    else:
        assert local_formats.decimal_mark([series], None, "x") == mark
