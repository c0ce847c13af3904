"""Where the clients' contributions to a family of metrics stand, as SQL over a release.

Every relation gives one or more rows a client with `client_id`, one column for each segment (`company`, `am`, `tier`,
`region`, `industry`, `currency`) and one for each part that the family's metrics add up. Parameters: $month (its first
day), and $window (months) where the family has windows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipelines.explain.answer import Unit

SEGMENTS = ("company", "am", "tier", "region", "industry", "currency")


@dataclass(frozen=True)
class Part:
    """A column that adds up over clients (or, `is_fixed`, belongs to the segment as a whole: a goal).

    `short` is its heading where clients are listed.
    """

    name: str
    label: str
    unit: Unit = Unit.MONEY
    short: str = ""
    is_fixed: bool = False

    @property
    def heading(self) -> str:
        return self.short or self.label


@dataclass(frozen=True)
class Relation:
    """A family's contributions.

    `months` lists the months it covers (column `month`), `published` the one published row of a segment where there is
    one ($segment, $segment_value), `attributes` text columns worth showing beside a client, `fixed` the segment's row
    of fixed parts, `segments` the ones that it knows, `who` has a part in it and
    their `names` (`client_id`, `client_name`).
    """

    name: str
    sql: str
    parts: tuple[Part, ...]
    months: str
    published: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    windows: tuple[int, ...] = ()
    fixed: str | None = None
    segments: tuple[str, ...] = SEGMENTS
    who: str = "Client"
    names: str = "select client_id, client_name from intermediate.int_clients"


BASES = {"cc": "constant currency", "reported": "reported"}
BARS = {
    "start_arr": "ARR at the start of the month",
    "new_arr": "New clients",
    "reactivation_arr": "Returned clients",
    "expansion_arr": "Expansion",
    "contraction_arr": "Contraction",
    "churn_arr": "Churn",
    "transfer_arr": "Handed over (in less out)",
    "fx_effect": "Exchange rates",
    "end_arr": "ARR at the end of the month",
}
CATEGORIES = ("voluntary", "involuntary", "structural", "unclassified")
EXPANSION_TYPES = {
    "geographic": "New country",
    "new_division": "New division",
    "service_line": "New service line",
    "job_family": "New job family",
    "volume": "Volume",
    "price": "Price",
}
REVENUE_TYPES = {"recurring": "Recurring", "usage": "Usage", "one_off": "One-off"}
TIERS = ("strategic", "growth", "standard", "tail")

OF_CLIENT = """'all' as company, clients.region_segment as region, clients.industry_segment as industry,
    clients.currency_segment as currency"""
MONTHS_WITH_ARR = "select distinct month from marts.rpt_arr_waterfall"

RETENTION = Relation(
    name="retention",
    sql="""
        select client_id, 'all' as company, coalesce(am_id, 'unassigned') as am, tier, region_segment as region,
            industry_segment as industry, currency_segment as currency,
            start_arr_cc, expansion_cc, contraction_cc, churn_cc, end_arr_cc,
            start_arr_reported, end_arr_reported, kept_arr_reported,
            1 as clients_start, case when end_arr_cc = 0 then 1 else 0 end as clients_churned,
            case when am_id_at_start <> am_id or (am_id is null and am_id_at_start is not null)
                then start_arr_cc else 0 end as inherited_start_arr_cc
        from intermediate.int_retention_cohorts
        where month = $month and window_months = $window
    """,
    parts=(
        Part("start_arr_cc", "ARR at the start, constant currency", short="Start"),
        Part("expansion_cc", "Expansion, constant currency", short="Expansion"),
        Part("contraction_cc", "Contraction, constant currency", short="Contraction"),
        Part("churn_cc", "Churn, constant currency", short="Churn"),
        Part("end_arr_cc", "ARR at the end, constant currency", short="End"),
        Part("start_arr_reported", "ARR at the start, reported", short="Start, reported"),
        Part("end_arr_reported", "ARR at the end, reported", short="End, reported"),
        Part("kept_arr_reported", "ARR kept (the smaller end of each client), reported", short="Kept, reported"),
        Part("clients_start", "Clients at the start", Unit.COUNT, "At start"),
        Part("clients_churned", "Clients churned", Unit.COUNT, "Churned"),
        Part("inherited_start_arr_cc", "ARR at the start that another account manager owned, constant currency"),
    ),
    months="select distinct month from marts.rpt_retention where window_months = $window",
    published="""
        select * from marts.rpt_retention
        where month = $month and window_months = $window and segment = $segment and segment_value = $segment_value
    """,
    windows=(1, 3, 12),
)

HANDOVER_FAIR = Relation(
    name="handover_fair",
    sql="""
        select movements.client_id, movements.month, coalesce(movements.am_id, 'unassigned') as am,
            movements.tier, movements.start_arr_cc, movements.end_arr_cc, """
    + OF_CLIENT
    + """
        from intermediate.int_arr_movements__by_client_and_month as movements
        inner join intermediate.int_clients as clients on clients.client_id = movements.client_id
        where movements.start_arr_cc > 0 and movements.month <= $month
            and movements.month > cast($month as date) - to_months(cast($window as integer))
    """,
    parts=(
        Part("start_arr_cc", "ARR at the months' starts, added, constant currency", short="Starts, added"),
        Part("end_arr_cc", "ARR at the months' ends, added, constant currency", short="Ends, added"),
    ),
    months=RETENTION.months,
    published=RETENTION.published,
    windows=RETENTION.windows,
)

SURPRISE = Relation(
    name="surprise_churn",
    sql="""
        select cohorts.client_id, 'all' as company, coalesce(cohorts.am_id, 'unassigned') as am, cohorts.tier,
            cohorts.region_segment as region, cohorts.industry_segment as industry,
            cohorts.currency_segment as currency, health.health_band as band_3_months_before,
            cohorts.churn_cc + cohorts.contraction_cc as lost_arr_cc,
            case when health.health_band = 'green' then cohorts.churn_cc + cohorts.contraction_cc else 0 end
                as surprise_lost_arr_cc
        from intermediate.int_retention_cohorts as cohorts
        left join intermediate.int_health_scores__by_client_and_day as health
            on health.client_id = cohorts.client_id and health.month = cohorts.start_month and health.is_month_end
        where cohorts.month = $month and cohorts.window_months = $window
    """,
    parts=(
        Part(
            "surprise_lost_arr_cc",
            "Churn and contraction of clients that were green, constant currency",
            short="Lost when green",
        ),
        Part("lost_arr_cc", "Churn and contraction, constant currency", short="Lost"),
    ),
    months=RETENTION.months,
    published=RETENTION.published,
    attributes=(("band_3_months_before", "Health 3 months before"),),
    windows=(3,),
)


def _bar(bar: str, basis: str) -> str:
    change = f"change_{basis}"
    kind = bar.removesuffix("_arr")
    if bar == "transfer_arr" or (bar == "fx_effect" and basis == "cc"):
        return "0"
    if bar in ("start_arr", "end_arr", "fx_effect"):
        return f"{bar}_{basis}"
    sign = "-" if kind in ("contraction", "churn") else ""
    return f"case when movement_type = '{kind}' then {sign}{change} else 0 end"


def _handed_out(bar: str, basis: str) -> str:
    return f"-end_arr_{basis}" if bar in ("transfer_arr", "end_arr") else "0"


def _handed_in(bar: str, basis: str) -> str:
    return f"end_arr_{basis}" if bar in ("transfer_arr", "end_arr") else "0"


def _columns(expression: Callable[[str, str], str]) -> str:
    return ", ".join(f"{expression(bar, basis)} as {bar}_{basis}" for basis in BASES for bar in BARS)


WATERFALL = Relation(
    name="waterfall",
    sql=f"""
        with moved as (
            select *, coalesce(am_id, 'unassigned') as am, coalesce(am_id_at_end, 'unassigned') as am_at_end
            from intermediate.int_arr_movements__by_client_and_month
            where month = $month and (start_arr_cc > 0 or end_arr_cc > 0)
        ),
        bars as (
            select client_id, am, tier, movement_type, {_columns(_bar)} from moved
            union all
            select client_id, am, tier, movement_type, {_columns(_handed_out)} from moved
            where not is_start_of_stay and am <> am_at_end
            union all
            select client_id, am_at_end as am, tier, movement_type, {_columns(_handed_in)} from moved
            where not is_start_of_stay and am <> am_at_end
        )
        select bars.*, {OF_CLIENT}
        from bars
        inner join intermediate.int_clients as clients on clients.client_id = bars.client_id
    """,
    parts=tuple(Part(f"{bar}_{basis}", f"{label}, {BASES[basis]}") for basis in BASES for bar, label in BARS.items()),
    months=MONTHS_WITH_ARR,
    published="select "
    + ", ".join(f"max(case when basis = '{basis}' then {bar} end) as {bar}_{basis}" for basis in BASES for bar in BARS)
    + """ from marts.rpt_arr_waterfall
        where month = $month and segment = $segment and segment_value = $segment_value having count(*) > 0
    """,
    attributes=(("movement_type", "Movement"),),
)


def split(column: str, values: Iterable[str], amount: str, name: str) -> str:
    """One column a value: the amount where the row has that value, else 0."""
    return ", ".join(f"case when {column} = '{v}' then {amount} else 0 end as {name.format(v)}" for v in values)


CHURN = Relation(
    name="churn",
    sql=f"""
        select churn.client_id, coalesce(churn.am_id, 'unassigned') as am, movements.tier, churn.churn_category,
            churn.churn_reason, churn.churned_arr_cc, {OF_CLIENT},
            {split("churn_category", CATEGORIES, "churned_arr_cc", "{}_churn_cc")}
        from marts.fct_churn as churn
        inner join intermediate.int_arr_movements__by_client_and_month as movements
            on movements.client_id = churn.client_id and movements.month = churn.month
        inner join intermediate.int_clients as clients on clients.client_id = churn.client_id
        where churn.month = $month
    """,
    parts=(
        *(Part(f"{name}_churn_cc", f"{name.capitalize()} churn, constant currency") for name in CATEGORIES),
        Part("churned_arr_cc", "Churned ARR, constant currency"),
    ),
    months=MONTHS_WITH_ARR,
    attributes=(("churn_category", "Category"), ("churn_reason", "Reason")),
)

EXPANSION = Relation(
    name="expansion",
    sql=f"""
        select types.client_id, coalesce(movements.am_id, 'unassigned') as am, movements.tier, types.change_cc,
            {split("expansion_type", EXPANSION_TYPES, "types.change_cc", "{}_cc")},
            {OF_CLIENT}
        from marts.fct_expansion_types as types
        inner join intermediate.int_arr_movements__by_client_and_month as movements
            on movements.client_id = types.client_id and movements.month = types.month
        inner join intermediate.int_clients as clients on clients.client_id = types.client_id
        where types.month = $month
    """,
    parts=(
        *(Part(f"{name}_cc", f"{label}, constant currency", short=label) for name, label in EXPANSION_TYPES.items()),
        Part("change_cc", "Expansion of the month, constant currency", short="All"),
    ),
    months=MONTHS_WITH_ARR,
)

# Owner and tier are those at the end of the month.
AT_MONTH_END = """
    inner join intermediate.int_clients as clients on clients.client_id = facts.client_id
    left join intermediate.int_owners__by_client_and_month as owners
        on owners.client_id = facts.client_id and owners.month = facts.month
"""

REVENUE = Relation(
    name="revenue",
    sql=f"""
        select facts.client_id, coalesce(owners.am_id, 'unassigned') as am, coalesce(tiers.tier, 'tail') as tier,
            {OF_CLIENT}, facts.revenue_cc, facts.revenue_reported,
            {split("revenue_type", REVENUE_TYPES, "revenue_cc", "{}_revenue_cc")},
            {split("revenue_type", REVENUE_TYPES, "revenue_reported", "{}_revenue_reported")}
        from marts.fct_revenue as facts
        {AT_MONTH_END}
        left join intermediate.int_tiers__by_client_and_month as tiers
            on tiers.client_id = facts.client_id and tiers.month = facts.month
        where facts.month = $month
    """,
    parts=tuple(
        part
        for basis, words in BASES.items()
        for part in (
            *(
                Part(f"{t}_revenue_{basis}", f"{label} revenue, {words}", short=label)
                for t, label in REVENUE_TYPES.items()
            ),
            Part(f"revenue_{basis}", f"Recognised revenue, {words}", short="All"),
        )
    ),
    months="select distinct month from marts.fct_revenue",
)

TIER = Relation(
    name="tier",
    sql=f"""
        select facts.client_id, coalesce(owners.am_id, 'unassigned') as am, facts.tier, {OF_CLIENT},
            facts.annual_revenue_cc, 1 as clients,
            {split("facts.tier", TIERS, "facts.annual_revenue_cc", "{}_annual_revenue_cc")},
            {split("facts.tier", TIERS, "1", "{}_clients")},
            facts.tier as tier_name
        from intermediate.int_tiers__by_client_and_month as facts
        {AT_MONTH_END}
        where facts.month = $month
    """,
    parts=(
        *(
            Part(f"{name}_annual_revenue_cc", f"{name.capitalize()}, annual revenue, constant currency")
            for name in TIERS
        ),
        Part("annual_revenue_cc", "Annual revenue, constant currency"),
        *(Part(f"{name}_clients", f"{name.capitalize()} clients", Unit.COUNT) for name in TIERS),
        Part("clients", "Clients that ever had revenue", Unit.COUNT),
    ),
    months="select distinct month from intermediate.int_tiers__by_client_and_month",
    attributes=(("tier_name", "Tier"),),
)
