"""The FX fan: one retention number under four ways of converting, flagged where the way alone changes a verdict."""

from dataclasses import dataclass
from decimal import Decimal

from pipelines.analysis.bands import Band, band_of, read_bands
from pipelines.analysis.question import Asked, asked, prove, publications
from pipelines.analysis.ratings import Scorecard, rating_with, read_scorecards
from pipelines.analysis.ratios import published
from pipelines.analysis.report import Report, whose
from pipelines.analysis.rules import Measure, Rules, rate_of
from pipelines.analysis.series import Rates, Series, read_series
from pipelines.explain.answer import Column, Group, Row, Section, Unit, Value
from pipelines.explain.question import SEGMENT_VALUES
from pipelines.explain.reader import read
from pipelines.serving.release import Release

LABELS = {
    Rates.BASELINE: "baseline (constant currency)",
    Rates.REPORTED: "reported (each end at its own rate)",
    Rates.START: "rates of the window's start",
    Rates.END: "rates of the window's end",
}


@dataclass(frozen=True)
class Blade:
    """The number under one way of converting, its band, and the account manager's rating with it."""

    rates: Rates
    value: Decimal | None
    band: str | None
    rating: str | None


@dataclass(frozen=True)
class Fan:
    """The four ways for one part of the company; the baseline comes first."""

    segment_value: str
    blades: tuple[Blade, ...]

    @property
    def is_band_changed(self) -> bool:
        return len({blade.band for blade in self.blades}) > 1

    @property
    def is_rating_changed(self) -> bool:
        return len({blade.rating for blade in self.blades}) > 1


def fan_of(
    segment_value: str, series: list[Series], measure: Measure, bands: list[Band], scorecard: Scorecard | None = None
) -> Fan:
    """The fan of those series. NULL stays None under every way."""
    blades = []
    for rates in Rates:
        exact = rate_of(measure, series, Rules(rates=rates))
        rating = rating_with(scorecard, exact) if scorecard is not None and exact is not None else None
        blades.append(Blade(rates, published(exact), band_of(published(exact), bands), rating))
    return Fan(segment_value, tuple(blades))


def fan(release: Release, metric: str, month: str | None, segment: str, value: str | None, window: int) -> Report:
    """The report for the company, one value of a segment, or each of them. Raises UserError for a bad question."""
    asking = asked(release, metric, month, segment, value, window, can_be_all=True)
    series = read_series(release, asking.window)
    known = publications(release, asking)
    prove(asking, series, known)
    bands = read_bands(release, asking.measure, asking.window.end, asking.scope.window)
    has_ratings = segment == "am" and asking.measure == "nrr" and bool(bands)
    scorecards = read_scorecards(release, asking.window.end) if has_ratings else {}
    fans = [
        fan_of(one, [s for s in series if s.segment_value == one], asking.measure, bands, scorecards.get(one))
        for one in known
    ]
    labels = {row["value"]: row["label"] or row["value"] for row in read(release, SEGMENT_VALUES[segment])}
    return _report(asking, fans, labels, has_ratings)


def _report(asking: Asked, fans: list[Fan], labels: dict[str, str], has_ratings: bool) -> Report:
    name = asking.measure.upper()
    groups = [
        Group(
            [_row(one, blade) for blade in one.blades],
            None if len(fans) == 1 else labels.get(one.segment_value, one.segment_value),
            _verdict(one),
        )
        for one in fans
    ]
    columns = [
        Column("segment_value", asking.window.segment, in_terminal=False),
        Column("method", "Method", Unit.ID),
        Column("value", name, Unit.RATE),
        Column("difference_pp", "Against baseline", Unit.POINTS),
        Column("band", "Band"),
        Column("rating", "Scorecard rating"),
        Column("is_band_changed", "Band changed", in_terminal=False),
        Column("is_rating_changed", "Rating changed", in_terminal=False),
    ]
    if not has_ratings:
        columns = [column for column in columns if column.key != "rating"]
    changed = [labels.get(one.segment_value, one.segment_value) for one in fans if one.is_band_changed]
    rated = [labels.get(one.segment_value, one.segment_value) for one in fans if one.is_rating_changed]
    lines = [f"the method alone changes the band of: {', '.join(changed) or 'none'}"]
    if has_ratings:
        lines.append(f"the method alone changes the scorecard rating of: {', '.join(rated) or 'none'}")
    facts: dict[str, Value] = {"changed_bands": len(changed), "changed_ratings": len(rated)}
    title = f"{name} under four ways of converting: {whose(asking)}"
    return Report(
        "fan", title, asking, facts, lines, [Section("methods", "The same clients, the same balances", columns, groups)]
    )


def _row(one: Fan, blade: Blade) -> Row:
    baseline = one.blades[0].value
    difference = None if blade.value is None or baseline is None else (blade.value - baseline) * 100
    return Row(
        {
            "segment_value": one.segment_value,
            "method": LABELS[blade.rates],
            "value": blade.value,
            "difference_pp": difference,
            "band": blade.band,
            "rating": blade.rating,
            "is_band_changed": blade.band != one.blades[0].band,
            "is_rating_changed": blade.rating != one.blades[0].rating,
        }
    )


def _verdict(one: Fan) -> str | None:
    said = [
        *(["THE METHOD ALONE CHANGES THE BAND"] if one.is_band_changed else []),
        *(["THE METHOD ALONE CHANGES THE RATING"] if one.is_rating_changed else []),
    ]
    return "; ".join(said) or None
