"""The headline figures that the ledger watches, by month and segment, as SQL over one side of a comparison.

A retention metric without a suffix is the trailing 12 months'; `_1m` and `_3m` are those of the shorter windows.
"""

from pipelines.release.restatements.sources import SIDES

COMPANY, AM = "company", "am"
UNASSIGNED = "unassigned"
WINDOWS = {1: "_1m", 3: "_3m", 12: ""}
ARR_METRICS = ("arr_cc", "arr_reported")
# metric -> what its ratio is taken of: the column of rpt_retention that holds the denominator.
RATIO_METRICS = {
    "nrr_cc": "start_arr_cc",
    "grr_cc": "start_arr_cc",
    "nrr_reported": "start_arr_reported",
    "grr_reported": "start_arr_reported",
    "logo_churn_rate": "clients_start",
}
METRICS = (*ARR_METRICS, *(metric + suffix for metric in RATIO_METRICS for suffix in WINDOWS.values()))


def suffix_sql() -> str:
    """The suffix of a metric's name by its `window_months`."""
    cases = " ".join(f"when {months} then '{suffix}'" for months, suffix in WINDOWS.items())
    return f"case window_months {cases} end"


def figures_sql(side: str, segments: str = f"segment in ('{COMPANY}', '{AM}')") -> str:
    """All figures of one side: month, metric, segment, segment_value, value, base.

    `base` is the denominator's total, NULL for ARR. Ratios are as published, for the `segments` of a condition; ARR is
    a plain sum, for the company and the account managers.
    """
    assert side in SIDES
    arr = [
        f"""select arr.month, '{metric}' as metric, '{segment}' as segment, {value} as segment_value,
                cast(sum(arr.{metric}) as decimal(28, 8)) as value, cast(null as decimal(28, 8)) as base
            from {side}.arr as arr
            left join {side}.owners as owners on owners.client_id = arr.client_id and owners.month = arr.month
            group by all"""
        for metric in ARR_METRICS
        for segment, value in ((COMPANY, "'all'"), (AM, f"coalesce(owners.am_id, '{UNASSIGNED}')"))
    ]
    ratios = [
        f"""select month, '{metric}' || {suffix_sql()} as metric, segment, segment_value, {metric} as value,
                cast({base} as decimal(28, 8)) as base
            from {side}.retention
            where {segments} and window_months in ({", ".join(map(str, WINDOWS))})"""
        for metric, base in RATIO_METRICS.items()
    ]
    return "\nunion all\n".join([*arr, *ratios])


def changed_figures_sql() -> str:
    """Figures of the months in `horizon` that differ: old_value, new_value, old_base, new_base.

    A side without ARR has 0, not NULL: money adds up to nothing. A ratio without a denominator is NULL.
    """
    return f"""
    with old_figures as (select * from ({figures_sql("old")}) where month <= (select last_month from horizon)),
    new_figures as (select * from ({figures_sql("new")}) where month <= (select last_month from horizon)),
    compared as (
        select month, metric, segment, segment_value,
            case when metric like 'arr%' then coalesce(old_figures.value, 0) else old_figures.value end as old_value,
            case when metric like 'arr%' then coalesce(new_figures.value, 0) else new_figures.value end as new_value,
            old_figures.base as old_base,
            new_figures.base as new_base
        from old_figures
        full outer join new_figures using (month, metric, segment, segment_value)
    )
    select * from compared where old_value is distinct from new_value
    """
