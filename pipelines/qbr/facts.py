"""Everything a review says, as plain values: what `queries` reads and `content` puts into words. No SQL, no text here.

Amounts are exact decimals in the currency that stands beside them; rates are fractions of 1.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from pipelines.qbr.scope import Client, Period, Run


@dataclass(frozen=True)
class LineSpend:
    """One service line in the currency it was invoiced in: the period's months, and the sum of those a year before.

    `total_common` is the period's total in the currency of the whole `Spend`.
    """

    service_line: str | None
    currency: str
    by_month: tuple[Decimal, ...]
    before: Decimal
    total_common: Decimal
    before_common: Decimal

    @property
    def total(self) -> Decimal:
        return sum(self.by_month, Decimal(0))


@dataclass(frozen=True)
class Spend:
    """Recognised revenue, which the client knows as its spend.

    `currency` is the invoices' where there is one only; else all is converted (`is_converted`) to the reporting
    currency at constant rates. `trend` holds the 12 months to the period's last: month, amount, a year before.
    """

    currency: str
    is_converted: bool
    lines: tuple[LineSpend, ...]
    trend: tuple[tuple[dt.date, Decimal, Decimal], ...]
    months: int
    is_usage_incomplete: bool

    @property
    def total(self) -> Decimal:
        return sum((amount for _, amount, _ in self.trend[-self.months :]), Decimal(0))

    @property
    def total_before(self) -> Decimal:
        return sum((before for _, _, before in self.trend[-self.months :]), Decimal(0))

    @property
    def by_month(self) -> tuple[Decimal, ...]:
        return tuple(amount for _, amount, _ in self.trend[-self.months :])


@dataclass(frozen=True)
class Hiring:
    """Placements and job orders. `is_connected` is false where no client has any: the system is not connected.

    `trend` is as in `Spend`, of placements started; times to fill are days of the orders filled in the period.
    """

    is_connected: bool
    trend: tuple[tuple[dt.date, int, int], ...]
    months: int
    orders_opened: int
    openings: int
    orders_filled: int
    days_to_fill: Decimal | None
    orders_filled_before: int
    days_to_fill_before: Decimal | None

    @property
    def hires(self) -> int:
        return sum(hires for _, hires, _ in self.trend[-self.months :])

    @property
    def hires_before(self) -> int:
        return sum(before for _, _, before in self.trend[-self.months :])


@dataclass(frozen=True)
class Commitment:
    """A promise of service: events that fell due in the period, how many were met, and in the quarter before."""

    kpi: str
    met: int
    events: int
    met_before: int
    events_before: int


@dataclass(frozen=True)
class Miss:
    """An event that did not meet its limit. `done_at` is None where it was never answered."""

    kpi: str
    reference: str
    severity: str | None
    opened_at: dt.datetime | None
    due_at: dt.datetime | None
    done_at: dt.datetime | None


@dataclass(frozen=True)
class Escalation:
    """An escalation opened in the period, with the share of each limit that it used (1 is the limit); None: not yet."""

    reference: str
    severity: str
    opened_at: dt.datetime
    response_share: Decimal | None
    resolution_share: Decimal | None


@dataclass(frozen=True)
class Limit:
    """Hours allowed by the published severity matrix."""

    severity: str
    response_hours: Decimal
    resolution_hours: Decimal


@dataclass(frozen=True)
class Service:
    commitments: tuple[Commitment, ...]
    misses: tuple[Miss, ...]
    escalations: tuple[Escalation, ...]
    limits: tuple[Limit, ...]

    def of(self, kpi: str) -> Commitment:
        return next(commitment for commitment in self.commitments if commitment.kpi == kpi)


@dataclass(frozen=True)
class Nps:
    """The answers of one period (a quarter, or 12 months) by kind. `nps` is -100..100."""

    first_month: dt.date
    responses: int
    promoters: int
    passives: int
    detractors: int
    nps: Decimal
    is_too_few: bool


@dataclass(frozen=True)
class Feedback:
    """`quarters` are transactional surveys (latest last), `year` and `year_before` relationship surveys of 12 months.

    CSAT is the mean of the period's answers (0-100), None without any.
    """

    quarters: tuple[tuple[Period, Nps | None], ...]
    year: Nps | None
    year_before: Nps | None
    csat: Decimal | None
    csat_responses: int
    csat_before: Decimal | None
    csat_responses_before: int


@dataclass(frozen=True)
class Relationship:
    """What both sides can see of the relationship on `day`; None is "not measured"."""

    day: dt.date
    hires_per_month: Decimal | None
    days_to_pay: Decimal | None
    nps_mean: Decimal | None
    escalations: int | None
    has_sponsor_contact: bool | None
    has_executive_contact: bool | None
    active_contacts: int | None


@dataclass(frozen=True)
class Windows:
    """How many days, up to the day, each measure of a `Relationship` looks back; `hiring` in months."""

    hiring: int
    invoices: int
    responses: int
    sponsor: int
    contacts: int
    escalations: int


@dataclass(frozen=True)
class Review:
    """Whether the quarter's business review was held, and an executive of the client was there; None: unknown."""

    period: Period
    is_held: bool
    executive_attended: bool | None


@dataclass(frozen=True)
class HealthPoints:
    """One component of the internal score. Never for the client."""

    component: str
    points: int | None
    maximum: int
    not_scored_reason: str | None


@dataclass(frozen=True)
class InternalHealth:
    """The internal score on `day`, only read for `--internal`."""

    day: dt.date
    score: int
    band: str
    components: tuple[HealthPoints, ...]


@dataclass(frozen=True)
class Savings:
    """Planned and delivered savings by quarter (latest last) and over 12 months.

    `currency` is theirs where there is one only, else the reporting currency at constant rates (`is_converted`).
    """

    currency: str
    is_converted: bool
    quarters: tuple[tuple[Period, Decimal, Decimal], ...]
    planned_12m: Decimal
    delivered_12m: Decimal
    rows: int


@dataclass(frozen=True)
class ActionItem:
    reference: str
    added_on: dt.date
    age_days: int


@dataclass(frozen=True)
class Actions:
    """The registry. `open_items` are open at the release's day, the oldest first; the counts are the period's."""

    is_connected: bool
    open_items: tuple[ActionItem, ...]
    added: int
    closed: int


@dataclass(frozen=True)
class Renewal:
    reference: str
    ends_on: dt.date
    days_to_end: int
    value: Decimal | None
    currency: str | None


@dataclass(frozen=True)
class OpenOrder:
    reference: str
    opened_on: dt.date
    openings: int
    placed: int


@dataclass(frozen=True)
class Facts:
    """All of one client's quarter. `relationship` is at the end of five quarters, the latest last."""

    run: Run
    client: Client
    period: Period
    spend: Spend
    hiring: Hiring
    service: Service
    feedback: Feedback
    relationship: tuple[tuple[Period, Relationship | None], ...]
    windows: Windows | None
    reviews: tuple[Review, ...]
    savings: Savings
    projects: Commitment
    actions: Actions
    renewals: tuple[Renewal, ...]
    renewal_days_ahead: int
    open_orders: tuple[OpenOrder, ...]
    internal: InternalHealth | None
