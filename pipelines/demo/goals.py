"""What the company expects of its managers each quarter, and its own tables: holidays and the mappings it keeps."""

from decimal import Decimal

from pipelines.demo import vocabulary as words
from pipelines.demo.company import Client, Manager
from pipelines.demo.dice import Dice
from pipelines.demo.lifecycle import Story
from pipelines.demo.records import (
    MapChurnReason,
    MapCreditReason,
    MapProduct,
    MapTitle,
    MapValue,
    PublicHoliday,
    Target,
)
from pipelines.demo.timeline import Timeline

_OBJECTIVES = {
    "nrr_cc": ("Grow with the clients we have", ("1.05", "1.08", "1.10")),
    "nps": ("Be the partner clients recommend", ("45", "50", "55")),
    "green_rate": ("Keep the portfolio healthy", ("0.65", "0.70")),
    "logo_churn_rate": ("Lose no client we could have kept", ("0.10", "0.08")),
    "qbr_completion_rate": ("Hold every business review", ("0.90", "1")),
    "escalation_resolution_rate": ("Solve what goes wrong in time", ("0.90", "0.95")),
}
_CHURN_CATEGORIES = {
    "voluntary": (
        "Price",
        "Service quality",
        "Moved to competitor",
        "Insourced",
        "Competitor",
        "No budget",
        "Postponed",
    ),
    "involuntary": ("Non-payment", "Contract breach"),
    "structural": ("Acquired", "Insolvency", "Site closure"),
}


def make_targets(
    managers: list[Manager], clients: list[tuple[Client, Story]], timeline: Timeline, seed: int
) -> list[Target]:
    """Quota, expansion goal and three objectives for each manager and quarter, scaled to the portfolio then held."""
    dice = Dice(seed, "targets")
    found: list[Target] = []
    for month in range(timeline.months):
        is_opening = month == 0 or timeline.first_day(month).month % 3 == 1
        if not is_opening:
            continue
        quarter = timeline.first_day(month - (timeline.first_day(month).month - 1) % 3)
        for manager in managers:
            business = sum(story.business[month] for client, story in clients if client.owner(month) is manager)
            if not business:
                continue
            amounts = (("quota", 0.24, "Renew and grow"), ("expansion_goal", 0.035, "Build pipeline for growth"))
            for metric, share, objective in amounts:
                amount = Decimal(max(1, int(business * share * dice.between(0.9, 1.15) / 1000)) * 1000)
                found.append(Target(manager.user_id, quarter, metric, amount, objective))
            for metric in dice.sample(list(_OBJECTIVES), 3):
                objective, choices = _OBJECTIVES[metric]
                found.append(Target(manager.user_id, quarter, metric, Decimal(dice.pick(choices)), objective))
    return found


def make_public_holidays(timeline: Timeline) -> list[PublicHoliday]:
    """Days the company closes beyond the national holidays."""
    found: list[PublicHoliday] = []
    for year in range(timeline.start.year, timeline.end.year + 1):
        for country in words.PLACES:
            found.append(PublicHoliday(country, timeline.end.replace(year=year, month=12, day=27), "Company closure"))
    return found


def product_mapping() -> list[MapProduct]:
    """By name for lines typed in by hand, by catalogue id for those a subscription makes."""
    pairs = [(offer.product, offer.revenue_type) for offer in words.MAPPED_OFFERS]
    pairs += [(offer.stripe_product, offer.revenue_type) for offer in words.MAPPED_OFFERS]
    return [MapProduct(*pair) for pair in pairs]


def churn_mapping() -> list[MapChurnReason]:
    return [MapChurnReason(reason, category) for category, reasons in _CHURN_CATEGORIES.items() for reason in reasons]


def credit_mapping() -> list[MapCreditReason]:
    """Stripe's fixed reasons and the advisory division's own words."""
    return [
        MapCreditReason("order_change", "rate_correction"),
        MapCreditReason("product_unsatisfactory", "goodwill"),
        MapCreditReason("duplicate", "cancellation"),
        MapCreditReason("Rate correction", "rate_correction"),
        MapCreditReason("Goodwill", "goodwill"),
        MapCreditReason("Cancelled", "cancellation"),
    ]


def title_mapping() -> list[MapTitle]:
    """Titles in other languages, which no shipped default can know."""
    return [MapTitle("Vorstand", "executive"), MapTitle("Geschäftsführer", "executive"), MapTitle("Buyer", "other")]


def value_mapping() -> list[MapValue]:
    return [
        MapValue("salesforce", "opportunities", "type", "Upsell", "expansion"),
        MapValue("salesforce", "activities", "type", "Business Review", "strategic_review"),
    ]
