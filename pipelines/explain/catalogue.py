"""What every metric is: one entry of data each, the service half's in `service_catalogue`. A new metric is a new entry.

An entry says in the book's words how the number is made, which relation lists the clients that made it, and which of
the relation's parts it adds up or divides. `tenure explain` and every list of metrics read this.
"""

from collections.abc import Iterable

from pipelines.explain.answer import Unit
from pipelines.explain.metric import Metric, Ratio
from pipelines.explain.relations import (
    BARS,
    CHURN,
    EXPANSION,
    HANDOVER_FAIR,
    RETENTION,
    REVENUE,
    SURPRISE,
    TIER,
    WATERFALL,
)
from pipelines.explain.service_catalogue import SERVICE_METRICS

S = "with S the ARR at the start of the window of the clients that had any"
NET_CC = Ratio(("+start_arr_cc", "+expansion_cc", "-contraction_cc", "-churn_cc"), "start_arr_cc", baseline=1)
NET_REPORTED = Ratio(("+end_arr_reported",), "start_arr_reported", baseline=1)
MOVES_CC = ("start_arr_cc", "expansion_cc", "contraction_cc", "churn_cc", "end_arr_cc")
ENDS_REPORTED = ("start_arr_reported", "end_arr_reported")


def _retention(
    name: str, title: str, formula: str, shown: tuple[str, ...], *ratios: Ratio, unit: Unit = Unit.RATE
) -> Metric:
    return Metric(name, title, formula, unit, "marts.rpt_retention", RETENTION, shown, ratios=ratios)


RATES = (
    _retention(
        "nrr_cc", "Net revenue retention, constant currency",
        f"(S + expansion - contraction - churn) / S, {S}",
        MOVES_CC, NET_CC,
    ),
    _retention(
        "nrr_reported", "Net revenue retention, reported",
        "ARR at the end / ARR at the start, each end at its own month-end rate of exchange",
        ENDS_REPORTED, NET_REPORTED,
    ),
    _retention(
        "grr_cc", "Gross revenue retention, constant currency",
        f"(S - contraction - churn) / S, {S}",
        MOVES_CC, Ratio(("+start_arr_cc", "-contraction_cc", "-churn_cc"), "start_arr_cc", baseline=1),
    ),
    _retention(
        "grr_reported", "Gross revenue retention, reported",
        "sum of the smaller of both ends / ARR at the start, each end at its own month-end rate of exchange;"
        " a falling currency alone lowers it",
        (*ENDS_REPORTED, "kept_arr_reported"), Ratio(("+kept_arr_reported",), "start_arr_reported", baseline=1),
    ),
    _retention(
        "fx_effect_pp", "FX effect on net revenue retention",
        "reported NRR - constant currency NRR, in percentage points",
        ("start_arr_cc", "end_arr_cc", *ENDS_REPORTED), NET_REPORTED, NET_CC, unit=Unit.POINTS,
    ),
    _retention(
        "expansion_rate", "Expansion rate", "expansion / S, with S the ARR at the start of the window",
        ("start_arr_cc", "expansion_cc"), Ratio(("+expansion_cc",), "start_arr_cc"),
    ),
    _retention(
        "logo_churn_rate", "Logo churn", "churned clients / clients that had ARR at the start of the window",
        ("clients_start", "clients_churned", "start_arr_cc"), Ratio(("+clients_churned",), "clients_start"),
    ),
    _retention(
        "revenue_churn_rate", "Revenue churn", "churned ARR / S, with S the ARR at the start of the window",
        ("start_arr_cc", "churn_cc"), Ratio(("+churn_cc",), "start_arr_cc"),
    ),
    Metric(
        "handover_fair_nrr_cc", "Handover-fair net revenue retention",
        "product over the window's months of (ARR at the month's end / ARR at its start) of the clients that the"
        " account manager owned at the month's start and that had ARR then",
        Unit.RATE, "marts.rpt_retention", HANDOVER_FAIR, ("start_arr_cc", "end_arr_cc"),
        monthly=Ratio(("+end_arr_cc",), "start_arr_cc", baseline=1), only_segment="am",
        nothing="in a month of the window the account manager owned no client with ARR",
    ),
    Metric(
        "surprise_churn_rate", "Surprise churn",
        "churn plus contraction ARR of clients whose health band was green at M-3 / all churn plus contraction ARR",
        Unit.RATE, "marts.rpt_retention", SURPRISE, ("surprise_lost_arr_cc", "lost_arr_cc"),
        ratios=(Ratio(("+surprise_lost_arr_cc",), "lost_arr_cc"),), nothing="no ARR was lost in the window",
    ),
)  # fmt: skip


def _window_sums() -> Iterable[Metric]:
    for part in RETENTION.parts:
        if part.name == "kept_arr_reported":
            continue  # no published column of its own
        only = "am" if part.name == "inherited_start_arr_cc" else None
        yield Metric(
            part.name, part.label, "sum over the clients that had ARR at the start of the window",
            part.unit, "marts.rpt_retention", RETENTION, (part.name,), total=part.name, only_segment=only,
        )  # fmt: skip


BAR_FORMULAS = {
    "new_arr": "ARR of clients that never had any before",
    "reactivation_arr": "ARR of clients that had none at the end of the month before, and had some earlier",
    "expansion_arr": "rise of the ARR of clients that had some at both ends of the month",
    "contraction_arr": "fall of the ARR of clients that had some at both ends of the month, as a positive number",
    "churn_arr": "ARR at the month's start of clients that have none at its end, as a positive number",
    "transfer_arr": "ARR at the month's end that came from another account manager, less what went to another;"
    " all account managers add up to 0",
    "start_arr": "sum of the clients' ARR at the end of the month before",
    "end_arr": "start + new + reactivation + expansion - contraction - churn + transfer + FX effect",
    "fx_effect": "ARR at the end - ARR at the start - change at the opening rate, all reported",
}


def _bars() -> Iterable[Metric]:
    for bar, formula in BAR_FORMULAS.items():
        bases = ("reported", "cc") if bar == "fx_effect" else ("cc", "reported")
        parts = tuple(f"{bar}_{basis}" for basis in bases)
        yield Metric(
            bar, f"{BARS[bar]}, ARR bridge", formula, Unit.MONEY, "marts.rpt_arr_waterfall", WATERFALL, parts,
            total=parts[0],
        )  # fmt: skip


def _arr(basis: str, rate: str) -> Metric:
    return Metric(
        f"arr_{basis}", f"ARR, {rate}",
        "sum of the clients' ARR at the end of the month: 12 x the monthly rate of every recurring line, and usage"
        " of the last 3 months x 4",
        Unit.MONEY, "marts.rpt_arr_waterfall", WATERFALL, (f"end_arr_{basis}",), total=f"end_arr_{basis}",
        has_start=False,
    )  # fmt: skip


def _revenue(basis: str, rate: str) -> Metric:
    return Metric(
        f"revenue_{basis}", f"Recognised revenue, {rate}",
        "every line's amount x days in the month / days in its period; the line's last month takes the rest",
        Unit.MONEY, "marts.fct_revenue", REVENUE,
        tuple(f"{kind}_{basis}" for kind in ("recurring_revenue", "usage_revenue", "one_off_revenue", "revenue")),
        total=f"revenue_{basis}", detail="revenue",
    )  # fmt: skip


TIER_FORMULA = (
    "recognised revenue of the last 12 months; in a client's first year the larger of that and its ARR. The tier is the"
    " first whose minimum it reaches"
)
AMOUNTS = (
    _arr("cc", "constant currency"),
    _arr("reported", "reported"),
    _revenue("cc", "constant currency"),
    _revenue("reported", "reported"),
    Metric(
        "churned_arr_cc", "Churned ARR by category",
        "ARR at the month's start of clients that have none at its end, by the reason of their latest contract"
        " termination or lost renewal",
        Unit.MONEY, "marts.fct_churn", CHURN, ("churned_arr_cc",), total="churned_arr_cc",
    ),
    Metric(
        "expansion_types", "Expansion by type",
        "each cell's growth under the first label that holds (new country, division, service line, job family), else"
        " volume at the old price and the rest as price; scaled to the client's net expansion",
        Unit.MONEY, "marts.fct_expansion_types", EXPANSION,
        tuple(part.name for part in EXPANSION.parts), total="change_cc", detail="expansion",
    ),
    Metric(
        "annual_revenue_cc", "Annual revenue", TIER_FORMULA, Unit.MONEY, "marts.dim_clients", TIER,
        ("annual_revenue_cc",), total="annual_revenue_cc", detail="tier",
    ),
    Metric(
        "tier", "Clients by tier", TIER_FORMULA, Unit.COUNT, "marts.dim_clients", TIER,
        ("annual_revenue_cc", "clients"), total="clients", detail="tier",
    ),
)  # fmt: skip

REVENUE_METRICS = (*RATES, *AMOUNTS, *_bars(), *_window_sums())
METRICS: dict[str, Metric] = {metric.name: metric for metric in (*REVENUE_METRICS, *SERVICE_METRICS)}
