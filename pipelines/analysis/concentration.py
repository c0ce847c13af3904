"""On whom a retention number rests: the number without each of the largest clients in turn, and without all of them."""

from dataclasses import dataclass
from decimal import Decimal

from pipelines.analysis.bands import Band, band_of, read_bands
from pipelines.analysis.question import Asked, asked, prove, publications
from pipelines.analysis.ratios import published
from pipelines.analysis.report import Report, named, whose
from pipelines.analysis.rules import Measure, rate_of
from pipelines.analysis.series import Series, read_series
from pipelines.errors import UserError
from pipelines.explain.answer import Column, Group, Row, RowKind, Section, Unit, Value
from pipelines.explain.terminal import shown
from pipelines.serving.release import Release

MEASURES: tuple[Measure, Measure] = ("nrr", "grr")


@dataclass(frozen=True)
class Without:
    """NRR and GRR, with their bands, without the clients named; nobody: the published numbers."""

    clients: tuple[Series, ...]
    start_arr: Decimal
    end_arr: Decimal
    values: dict[Measure, Decimal | None]
    bands: dict[Measure, str | None]


def without_each(
    series: list[Series], asking: Asked, top: int, bands: dict[Measure, list[Band]]
) -> tuple[Without, list[Without], Without]:
    """With everybody; without each of the `top` largest (ARR at the window's start) in turn; without all of these."""
    cohort = [one for one in series if one.values[asking.rates][0]]
    largest = sorted(cohort, key=lambda one: (-one.values[asking.rates][0], one.unit_id))[:top]
    return (
        _without((), cohort, asking, bands),
        [_without((one,), cohort, asking, bands) for one in largest],
        _without(tuple(largest), cohort, asking, bands),
    )


def _without(
    left_out: tuple[Series, ...], cohort: list[Series], asking: Asked, bands: dict[Measure, list[Band]]
) -> Without:
    ids = {one.unit_id for one in left_out}
    rest = [one for one in cohort if one.unit_id not in ids]
    values = {measure: published(rate_of(measure, rest, asking.rules)) for measure in MEASURES}
    summed = left_out or cohort
    return Without(
        left_out,
        sum((one.values[asking.rates][0] for one in summed), Decimal(0)),
        sum((one.values[asking.rates][-1] for one in summed), Decimal(0)),
        values,
        {measure: band_of(value, bands[measure]) for measure, value in values.items()},
    )


def concentration(
    release: Release, metric: str, month: str | None, top: int, segment: str, value: str | None, window: int
) -> Report:
    """The report for the company or one value of a segment. Raises UserError for a bad question."""
    if top < 1:
        raise UserError(f"--top must be 1 or more, not {top}")
    asking = asked(release, metric, month, segment, value, window)
    series = read_series(release, asking.window)
    prove(asking, series, publications(release, asking))
    bands = {measure: read_bands(release, measure, asking.window.end, asking.scope.window) for measure in MEASURES}
    everybody, each, all_gone = without_each(series, asking, top, bands)
    rows = [
        _row(everybody, everybody, "total", "nobody: as published"),
        *(_row(one, everybody) for one in each),
        _row(all_gone, everybody, "rest", f"all {len(each)} of them"),
    ]
    name, own = named(asking), everybody.values[asking.measure]
    largest = max(each, key=lambda one: abs(_moved(one, everybody, asking.measure) or Decimal(0)), default=None)
    lines = [f"published {asking.name}: {shown(own, Unit.RATE)}"]
    if largest is not None:
        moved = shown(_moved(largest, everybody, asking.measure), Unit.POINTS)
        lines.append(f"it rests most on {largest.clients[0].name}: {moved} without")
    flagged = [one.clients[0].name for one in each if one.bands != everybody.bands]
    lines.append(f"clients that alone carry a band: {', '.join(flagged) or 'none'}")
    facts: dict[str, Value] = {
        "value": own,
        "band_carriers": ", ".join(one.clients[0].unit_id for one in each if one.bands != everybody.bands),
    }
    title = f"{name[:1].upper()}{name[1:]} without each of the {len(each)} largest clients: {whose(asking)}"
    return Report(
        "concentration",
        title,
        asking,
        facts,
        lines,
        [Section("without", "Largest first, by ARR at the start of the window", _COLUMNS, [Group(rows)])],
    )


_COLUMNS = [
    Column("client_name", "Without"),
    Column("client_id", "Client", Unit.ID),
    Column("start_arr", "Their ARR", Unit.MONEY),
    Column("end_arr", "at the end", Unit.MONEY, in_terminal=False),
    Column("share_rate", "Share", Unit.RATE),
    Column("nrr", "NRR", Unit.RATE),
    Column("nrr_moved_pp", "moves", Unit.POINTS),
    Column("nrr_band", "NRR band", in_terminal=False),
    Column("grr", "GRR", Unit.RATE),
    Column("grr_moved_pp", "moves", Unit.POINTS),
    Column("grr_band", "GRR band", in_terminal=False),
    Column("flag", "Band changes"),
]


def _moved(one: Without, everybody: Without, measure: Measure) -> Decimal | None:
    """Percentage points."""
    value, own = one.values[measure], everybody.values[measure]
    return None if value is None or own is None else (value - own) * 100


def _row(one: Without, everybody: Without, kind: RowKind = "row", name: str = "") -> Row:
    share = one.start_arr / everybody.start_arr if everybody.start_arr else None
    return Row(
        {
            "client_id": "" if name else one.clients[0].unit_id,
            "client_name": name or one.clients[0].name,
            "start_arr": one.start_arr,
            "end_arr": one.end_arr,
            "share_rate": None if share is None else round(share, 8),
            **{measure: one.values[measure] for measure in MEASURES},
            **{f"{measure}_moved_pp": _moved(one, everybody, measure) for measure in MEASURES},
            **{f"{measure}_band": one.bands[measure] for measure in MEASURES},
            "flag": "; ".join(
                f"{measure.upper()} {everybody.bands[measure] or 'none'} > {one.bands[measure] or 'none'}"
                for measure in MEASURES
                if one.bands[measure] != everybody.bands[measure]
            ),
        },
        kind,
    )
