"""What moved a retention number between two months: by client, into volume, price, exchange rates, churn and mix.

NRR (GRR) is 1 plus the sum of the clients' growth over the ARR at the start, and the sum of the segments' rates by
their weights. The change of the weights is the mix; what the clients did within their segments is the rest. No residue.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pipelines.analysis.parts import PARTS, Growth, read_growths
from pipelines.analysis.question import MONTHS, Asked, asked, month_text, prove, publications
from pipelines.analysis.ratios import published, rounded, shared_out
from pipelines.analysis.report import Report, named, whose
from pipelines.errors import UserError
from pipelines.explain.answer import Column, Group, Row, RowKind, Section, Unit, Value
from pipelines.explain.question import SEGMENT_VALUES
from pipelines.explain.reader import read
from pipelines.explain.terminal import SEGMENT_WORDS, shown
from pipelines.serving.release import Release

MIX = "mix"
LABELS = {"volume": "Volume", "price": "Price", "fx": "Exchange rates", "churn": "Churn", MIX: "Mix (segment weights)"}
SHOWN = 15
Key = tuple[str, str]  # a part and its client; the mix and its segment value


@dataclass(frozen=True)
class Segment:
    """A segment's part of the ARR at the start, and its rate (None: it had nothing at the start), before and after."""

    value: str
    weights: tuple[Fraction, Fraction]
    rates: tuple[Fraction | None, Fraction | None]

    @property
    def clients_effect(self) -> Fraction:
        """What its clients did: the change of its rate at its weight after; a segment that came or went is all mix."""
        before, after = self.rates
        return Fraction(0) if before is None or after is None else self.weights[1] * (after - before)


def segments_of(before: list[Growth], after: list[Growth]) -> list[Segment]:
    """The segments of both cohorts, by value. Both cohorts have ARR at the start."""
    sums = [_sums(growths) for growths in (before, after)]
    totals = [sum((start for start, _ in found.values()), Fraction(0)) for found in sums]
    return [
        Segment(
            value,
            (_weight(sums[0], value, totals[0]), _weight(sums[1], value, totals[1])),
            (_rate(sums[0], value), _rate(sums[1], value)),
        )
        for value in sorted({*sums[0], *sums[1]})
    ]


def effects_of(before: list[Growth], after: list[Growth]) -> dict[Key, Fraction]:
    """Every client's part and every segment's mix, in fractions of 1; they add up to the change of the rate exactly.

    Mix of a segment: change of its weight x (its rate before - the whole's rate before). A segment that came into being
    (or ended) is mix as a whole: there is no rate of its own to compare with.
    """
    segments = {segment.value: segment for segment in segments_of(before, after)}
    whole = sum((s.weights[0] * s.rates[0] for s in segments.values() if s.rates[0] is not None), Fraction(0))
    effects: defaultdict[Key, Fraction] = defaultdict(Fraction)
    for segment in segments.values():
        rate = segment.rates[1] if segment.rates[0] is None else segment.rates[0]
        if rate is not None:
            effects[MIX, segment.value] = (segment.weights[1] - segment.weights[0]) * (rate - whole)
    for sign, growths in ((-1, before), (1, after)):
        starts = _sums(growths)
        for one in growths:
            segment = segments[one.segment_value]
            if None in segment.rates:
                continue
            share = sign * segment.weights[1] / starts[one.segment_value][0]
            for part in PARTS:
                if one.parts[part]:
                    effects[part, one.client_id] += share * one.parts[part]
    return dict(effects)


def _sums(growths: list[Growth]) -> dict[str, tuple[Fraction, Fraction]]:
    """ARR at the start and the numerator, by segment value."""
    sums: dict[str, tuple[Fraction, Fraction]] = {}
    for one in growths:
        start, end = sums.get(one.segment_value, (Fraction(0), Fraction(0)))
        sums[one.segment_value] = start + one.start, end + one.end
    return sums


def _weight(sums: dict[str, tuple[Fraction, Fraction]], value: str, total: Fraction) -> Fraction:
    return sums[value][0] / total if value in sums else Fraction(0)


def _rate(sums: dict[str, tuple[Fraction, Fraction]], value: str) -> Fraction | None:
    return sums[value][1] / sums[value][0] if value in sums else None


def compare(
    release: Release, months: tuple[str, str], metric: str, segment: str, value: str | None, window: int = MONTHS,
    top: int = SHOWN,
) -> Report:  # fmt: skip
    """The report; a segment without a value is the company, with the mix of that segment's values.

    Raises UserError for a bad question, or where one of the months has no such number.
    """
    if top < 1:
        raise UserError(f"--top must be 1 or more, not {top}")
    both = [asked(release, metric, month, segment, value, window, can_be_all=True) for month in months]
    if both[0].window.end >= both[1].window.end:
        earlier, later = sorted(months)
        do = f"give the earlier month first: tenure compare {earlier} {later} {metric}"
        raise UserError(f"{months[0]} is not before {months[1]}", do=do)
    growths: list[list[Growth]] = []
    rates: list[Decimal] = []
    for asking in both:
        series, found = read_growths(release, asking)
        prove(asking, series, publications(release, asking))
        growths.append(found)
        rates.append(rounded(sum((one.end for one in found), Fraction(0)) / sum(one.start for one in found)))
    difference = rates[1] - rates[0]
    effects = shared_out(effects_of(growths[0], growths[1]), difference)
    names = {one.client_id: one.name for found in growths for one in found}
    sections = [_parts(effects, difference)]
    segments = segments_of(growths[0], growths[1])
    if len(segments) > 1:
        labels = {row["value"]: row["label"] for row in read(release, SEGMENT_VALUES[segment])}
        sections.append(_segments(both[1], segments, effects, labels, difference))
    sections.append(_clients(effects, names, top))
    return _report(both, rates, sections)


def _report(both: list[Asked], rates: list[Decimal], sections: list[Section]) -> Report:
    name, months = named(both[1]), [month_text(asking.window.end) for asking in both]
    moved = shown((rates[1] - rates[0]) * 100, Unit.POINTS)
    lines = [f"{months[0]}: {shown(rates[0], Unit.RATE)}   {months[1]}: {shown(rates[1], Unit.RATE)}   change: {moved}"]
    facts: dict[str, Value] = {
        "from_month": months[0],
        "from_value": rates[0],
        "value": rates[1],
        "difference": rates[1] - rates[0],
    }
    notes = ["A client's effect compares its growth in the two windows, each over its segment's ARR at the start."]
    if both[1].window.segment == "company":
        notes.append("There is a mix where a segment is asked for, such as --segment region.")
    return Report(
        "compare", f"What moved {name} since {months[0]}: {whose(both[1])}", both[1], facts, lines, sections, notes
    )


def _parts(effects: dict[Key, Decimal], difference: Decimal) -> Section:
    rows = [Row({"part": LABELS[part], "effect_pp": 100 * _sum(effects, part)}) for part in LABELS]
    rows.append(Row({"part": "Change", "effect_pp": 100 * difference}, "total"))
    columns = [Column("part", "Part"), Column("effect_pp", "Effect", Unit.POINTS)]
    return Section("parts", "What moved it", columns, [Group(rows)])


def _segments(
    asking: Asked, segments: list[Segment], effects: dict[Key, Decimal], labels: dict[str, str], difference: Decimal
) -> Section:
    name, mix = asking.measure.upper(), 100 * _sum(effects, MIX)
    columns = [
        Column("segment_value", asking.window.segment, Unit.ID),
        Column("segment_label", "Name"),
        Column("weight_before", "Weight before", Unit.RATE),
        Column("weight_after", "after", Unit.RATE),
        Column("rate_before", f"{name} before", Unit.RATE),
        Column("rate_after", "after", Unit.RATE),
        Column("clients_pp", "Its clients", Unit.POINTS),
        Column("mix_pp", "Mix", Unit.POINTS),
        Column("effect_pp", "Effect", Unit.POINTS),
    ]
    rows = []
    for one in segments:
        clients, weight = 100 * rounded(one.clients_effect), 100 * effects.get((MIX, one.value), Decimal(0))
        rows.append(
            Row(
                {
                    "segment_value": one.value,
                    "segment_label": "" if labels.get(one.value, one.value) == one.value else labels[one.value],
                    "weight_before": rounded(one.weights[0]),
                    "weight_after": rounded(one.weights[1]),
                    "rate_before": published(one.rates[0]),
                    "rate_after": published(one.rates[1]),
                    "clients_pp": clients,
                    "mix_pp": weight,
                    "effect_pp": clients + weight,
                }
            )
        )
    total = {"clients_pp": 100 * difference - mix, "mix_pp": mix, "effect_pp": 100 * difference}
    rows.append(Row({"segment_value": "all", **total}, "total"))
    title = f"By {SEGMENT_WORDS.get(asking.window.segment, asking.window.segment)}: rates by their weights at the start"
    return Section("segments", title, columns, [Group(rows)])


def _clients(effects: dict[Key, Decimal], names: dict[str, str], top: int) -> Section:
    by_client: defaultdict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(PARTS, Decimal(0)))
    for (part, who), effect in effects.items():
        if part != MIX:
            by_client[who][part] = effect
    order = sorted(by_client, key=lambda who: (-abs(sum(by_client[who].values(), Decimal(0))), who))
    rows = [_client_row(names[who], [by_client[who]], who) for who in order[:top]]
    if order[top:]:
        rest = [by_client[who] for who in order[top:]]
        rows.append(_client_row(f"{len(rest)} other clients", rest, kind="rest"))
    rows.append(_client_row("All clients (the change without mix)", list(by_client.values()), kind="total"))
    columns = [
        Column("client_id", "Client", Unit.ID),
        Column("client_name", "Name"),
        *(Column(f"{part}_pp", LABELS[part], Unit.POINTS) for part in PARTS),
        Column("effect_pp", "Effect", Unit.POINTS),
    ]
    return Section("clients", "By client, the largest effects first", columns, [Group(rows)])


def _client_row(name: str, found: list[dict[str, Decimal]], client_id: str = "", kind: RowKind = "row") -> Row:
    parts = {f"{part}_pp": 100 * sum((one[part] for one in found), Decimal(0)) for part in PARTS}
    total = sum(parts.values(), Decimal(0))
    return Row({"client_id": client_id, "client_name": name, **parts, "effect_pp": total}, kind)


def _sum(effects: dict[Key, Decimal], part: str) -> Decimal:
    return sum((effect for (name, _), effect in effects.items() if name == part), Decimal(0))
