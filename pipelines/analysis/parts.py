"""A client's growth over a window, split into volume, price, exchange rates and churn. Exact; adds up to the cent.

Price is what the cells that have a quantity at both ends (revenue type, currency, country, division, service line, job
family) moved at the end's quantity, as for the expansion types of the metric book; volume is the rest of the business.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pipelines.analysis.question import Asked
from pipelines.analysis.rules import Measure
from pipelines.analysis.series import Rates, Series, read_series
from pipelines.serving.release import Release

PARTS = ("volume", "price", "fx", "churn")

_CELLS = """
with cells as (
    select client_id, currency,
        sum(case when month = $start then arr_local else 0 end) as start_local,
        sum(case when month = $end then arr_local else 0 end) as end_local,
        max(case when month = $start then quantity end) as start_quantity,
        max(case when month = $end then quantity end) as end_quantity
    from intermediate.int_arr__by_cell_and_month
    where month in ($start, $end)
    group by client_id, currency, revenue_type, country, division, service_line, job_family
)
select cells.client_id, cells.start_local, cells.end_local, cells.start_quantity, cells.end_quantity,
    cc.rate as baseline_rate, opening.rate as opening_rate
from cells
inner join intermediate.int_fx_rates__cc as cc on cc.currency = cells.currency
inner join intermediate.int_fx_rates__by_month as opening
    on opening.currency = cells.currency and opening.month = $start
where cells.start_local > 0 and cells.end_local > 0 and cells.start_quantity > 0 and cells.end_quantity > 0
"""


@dataclass(frozen=True)
class Growth:
    """What a client of the cohort added to the numerator beyond its start (or took), by part, in reporting currency."""

    client_id: str
    name: str
    segment_value: str
    start: Fraction
    parts: dict[str, Fraction]

    @property
    def end(self) -> Fraction:
        return self.start + sum(self.parts.values())


def growth_of(measure: Measure, one: Series, rates: Rates, price: Fraction) -> Growth:
    """The parts of a client with a start above 0; `price` is its price effect at the window's opening rates.

    GRR knows losses only: a client whose business grew loses at most by the exchange rate.
    """
    start, end = Fraction(one.values[rates][0]), Fraction(one.values[rates][-1])
    constant = one.values[Rates.START if rates is Rates.REPORTED else rates]
    business, counted = Fraction(constant[-1] - constant[0]), end
    if measure == "grr":
        business, counted = min(business, Fraction(0)), min(start, end)
    if not end:
        parts = (Fraction(0), Fraction(0), Fraction(0), -start)
    else:
        price = price if business or measure == "nrr" else Fraction(0)
        parts = (business - price, price, counted - start - business, Fraction(0))
    return Growth(one.unit_id, one.name, one.segment_value, start, dict(zip(PARTS, parts, strict=True)))


def price_of(start: Decimal, end: Decimal, start_quantity: Decimal, end_quantity: Decimal, rate: Decimal) -> Fraction:
    """What the price moved at the end's quantity: end - start x end quantity / start quantity, converted."""
    at_old_price = Fraction(start) * Fraction(end_quantity) / Fraction(start_quantity)
    return (Fraction(end) - at_old_price) * Fraction(rate)


def read_growths(release: Release, asking: Asked) -> tuple[list[Series], list[Growth]]:
    """The series of a question, and the growth of each client of its cohort."""
    series = read_series(release, asking.window)
    prices: dict[str, Fraction] = {}
    rows = release.rows(_CELLS, {"start": asking.window.start, "end": asking.window.end})
    for client_id, start, end, start_quantity, end_quantity, baseline_rate, opening_rate in rows.iter_rows():
        rate = opening_rate if asking.rates is Rates.REPORTED else baseline_rate
        price = price_of(start, end, start_quantity, end_quantity, rate)
        prices[client_id] = prices.get(client_id, Fraction(0)) + price
    return series, list(_growths(asking, series, prices))


def _growths(asking: Asked, series: Iterable[Series], prices: dict[str, Fraction]) -> Iterable[Growth]:
    for one in series:
        if one.values[asking.rates][0]:
            yield growth_of(asking.measure, one, asking.rates, prices.get(one.unit_id, Fraction(0)))
