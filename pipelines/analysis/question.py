"""What is asked, checked against the release; and the proof that our own rows give the number it publishes."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from pipelines.analysis.ratios import published
from pipelines.analysis.rules import Measure, Rules, rate_of
from pipelines.analysis.series import Rates, Series, Window
from pipelines.errors import UserError
from pipelines.explain.question import Question, Scope, scope_of
from pipelines.explain.relations import SEGMENTS
from pipelines.serving.release import Release

METRICS = {
    "nrr": ("nrr", Rates.BASELINE),
    "grr": ("grr", Rates.BASELINE),
    "nrr_cc": ("nrr", Rates.BASELINE),
    "grr_cc": ("grr", Rates.BASELINE),
    "nrr_reported": ("nrr", Rates.REPORTED),
    "grr_reported": ("grr", Rates.REPORTED),
}
MONTHS = 12


@dataclass(frozen=True)
class Asked:
    """A retention metric of one month and one part of the company; `window.value` None is every value of it."""

    name: str  # the published column
    measure: Measure
    rates: Rates
    scope: Scope
    window: Window

    @property
    def rules(self) -> Rules:
        return Rules(rates=self.rates)


def asked(
    release: Release, metric: str, month: str | None, segment: str = "company", value: str | None = None,
    window: int = MONTHS, can_be_all: bool = False,
) -> Asked:  # fmt: skip
    """The question with its defaults; `can_be_all`: a segment without a value stands for each of its values.

    Raises UserError for a metric, month, segment or value that is not there.
    """
    if metric not in METRICS:
        raise UserError(f"'{metric}' is no retention metric", do=f"ask for one of {', '.join(METRICS)}")
    measure, rates = METRICS[metric]
    name = f"{measure}_{'reported' if rates is Rates.REPORTED else 'cc'}"
    is_all = can_be_all and value is None and segment in SEGMENTS
    scope = scope_of(release, Question(name, month, "company" if is_all else segment, value, window))
    asked_value = None if is_all and segment != "company" else scope.segment_value
    return Asked(
        name, cast(Measure, measure), rates, scope, Window(scope.start_month, scope.month, segment, asked_value)
    )


def publications(release: Release, asking: Asked) -> dict[str, Decimal | None]:
    """The published values of the metric by segment value, in the window's month. Raises UserError for none."""
    rows = release.rows(
        f"""
        select segment_value, {asking.name} from marts.rpt_retention
        where month = $month and window_months = $window and segment = $segment
            and ($value is null or segment_value = $value)
        order by segment_value
        """,  # the column is one of METRICS
        {
            "month": asking.window.end,
            "window": asking.scope.window,
            "segment": asking.window.segment,
            "value": asking.window.value,
        },
    )
    if rows.is_empty():
        raise UserError(
            f"there is no {asking.name} for {asking.window.segment} {asking.scope.segment_label}, "
            f"{month_text(asking.window.end)}: it had no client with ARR at the start of the window",
            do="ask for another month, window or segment",
        )
    return dict(rows.iter_rows())


def prove(asking: Asked, series: list[Series], known: dict[str, Decimal | None]) -> None:
    """Raises RuntimeError where the rows do not give the published numbers: an analysis of them would then mislead."""
    for value, number in known.items():
        own = published(rate_of(asking.measure, [s for s in series if s.segment_value == value], asking.rules))
        if own != number:
            raise RuntimeError(
                f"{asking.name} of {asking.window.segment} {value}, {asking.window.end:%Y-%m}: "
                f"the clients' rows give {own}, published is {number}"
            )


def month_text(day: dt.date) -> str:
    """2026-09, as the command takes it."""
    return f"{day:%Y-%m}"
