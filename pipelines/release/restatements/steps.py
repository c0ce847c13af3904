"""From a client's changed balances to its exact share of every changed figure, cause by cause.

A client goes from its old to its new state in steps, in a fixed order: rates, owner, then each cause of LINE_CAUSES.
Each step changes the client's ARR or the segment it counts in, and so its part of a figure; a part is a numerator and a
denominator. With N and D the old totals and D' the new denominator, a step that changes a client's part by (n, d) has

    effect = (n - N/D * d) / D'

because N'/D' - N/D = (N' - N - N/D * (D' - D)) / D', which is linear in the clients' changes: so effects add up to the
change, whatever the number of clients and causes, and clients that did not change have none. For ARR the effect is n.
Where one side has no denominator (the ratio is NULL there), the effects are the parts of the side that exists.
"""

from typing import TYPE_CHECKING

from pipelines.release.restatements.causes import LINE_CAUSES
from pipelines.release.restatements.figures import (
    AM,
    ARR_METRICS,
    COMPANY,
    RATIO_METRICS,
    UNASSIGNED,
    WINDOWS,
    suffix_sql,
)

if TYPE_CHECKING:
    import duckdb

START, RATES, OWNER, FIRST_LINE_CAUSE = 0, 1, 2, 3
LAST = FIRST_LINE_CAUSE + len(LINE_CAUSES) - 1  # code: whatever the steps before it leave unexplained

BALANCES = """
create temp table balances as
select
    client_id, month, currency,
    coalesce(o.arr_local, 0) as old_local, coalesce(n.arr_local, 0) as new_local,
    coalesce(o.arr_cc, 0) as old_cc, coalesce(n.arr_cc, 0) as new_cc,
    coalesce(o.arr_reported, 0) as old_reported, coalesce(n.arr_reported, 0) as new_reported,
    coalesce(o.is_provisional, false) as was_provisional
from (select * from old.arr where month <= (select last_month from horizon)) as o
full outer join (select * from new.arr where month <= (select last_month from horizon)) as n
    using (client_id, month, currency);

create temp table moved as
select client_id, month, currency, new_local - old_local as change_local, was_provisional
from balances
where new_local <> old_local;
"""

# window_months 0: the owner at the month's end, for ARR. A client that only one side knows had no other AM there.
AMS = """
create temp table ams as
with sided as (
    {sided}
),
united as (
    select client_id, month, window_months,
        max(am_id) filter (where side = 'old') as old_am, max(am_id) filter (where side = 'new') as new_am
    from sided
    where month <= (select last_month from horizon)
    group by all
)
select client_id, month, window_months, coalesce(old_am, new_am) as old_am, coalesce(new_am, old_am) as new_am
from united;

create temp table changed_clients as
select client_id from balances where (old_local, old_cc, old_reported) <> (new_local, new_cc, new_reported)
union
select client_id from ams where old_am <> new_am;
"""
AM_SIDES = "\nunion all\n".join(
    f"""select '{side}' as side, client_id, month, {window} as window_months,
        coalesce(am_id, '{UNASSIGNED}') as am_id from {side}.{table}"""
    for side in ("old", "new")
    for table, window in (("owners", "0"), ("cohorts", "window_months"))
)

# What the lines explain to the cent is taken from them. The rest (usage is averaged over months) goes to one cause:
# that of most changed money near the month; else a provisional balance that was replaced (late_invoice); else the
# largest of the client; else code.
DELTAS = """
create temp table by_line as
select m.client_id, m.month, m.currency, c.cause, round(sum(c.change_local), 2) as change_local
from moved as m
inner join contributions as c
    on c.client_id = m.client_id and c.currency = m.currency and c.revenue_type = 'recurring'
    and m.month >= c.from_month and m.month < c.until_month
group by all
having round(sum(c.change_local), 2) <> 0;

create temp table deltas as
with rest as (
    select m.client_id, m.month, m.currency, m.was_provisional,
        m.change_local - coalesce(sum(b.change_local), 0) as change_local,
        arg_max(b.cause, abs(b.change_local)) as line_cause
    from moved as m
    left join by_line as b using (client_id, month, currency)
    group by m.client_id, m.month, m.currency, m.was_provisional, m.change_local
),
near as (
    select r.client_id, r.month, r.currency, c.cause, sum(c.weight) as weight
    from rest as r
    inner join contributions as c
        on c.client_id = r.client_id and c.currency = r.currency and c.revenue_type = 'usage'
        and c.recognised_from <= last_day(r.month) and c.recognised_to >= r.month - interval 3 month
    group by all
),
nearest as (select client_id, month, currency, arg_max(cause, weight) as cause from near group by all),
weights as (select client_id, cause, sum(weight) as weight from contributions group by all),
largest as (select client_id, arg_max(cause, weight) as cause from weights group by all),
named as (
    select r.client_id, r.month, r.currency, r.change_local,
        case
            when abs(r.change_local) <= 0.05 and r.line_cause is not null then r.line_cause
            else coalesce(
                nearest.cause, case when r.was_provisional then 'late_invoice' end, r.line_cause, largest.cause, 'code'
            )
        end as cause
    from rest as r
    left join nearest using (client_id, month, currency)
    left join largest on largest.client_id = r.client_id
    where r.change_local <> 0
)
select client_id, month, currency, cause, cast(sum(change_local) as decimal(18, 2)) as change_local,
    list_position({causes}, cause) - 1 + {first} as step
from (select * from by_line union all by name select * from named)
group by client_id, month, currency, cause;
"""

STATES = """
create temp table rated as
select b.*,
    coalesce(ncc.rate, occ.rate) as cc_rate, coalesce(nm.rate, om.rate) as month_rate
from balances as b
left join new.cc_rates as ncc on ncc.currency = b.currency
left join old.cc_rates as occ on occ.currency = b.currency
left join new.month_rates as nm on nm.currency = b.currency and nm.month = b.month
left join old.month_rates as om on om.currency = b.currency and om.month = b.month
where b.client_id in (select client_id from changed_clients);

create temp table client_steps as
with steps as (
    select client_id, {start} as step from changed_clients
    union
    select client_id, {rates} from rated
    where round(old_local * cc_rate, 2) <> old_cc or round(old_local * month_rate, 2) <> old_reported
    union
    select client_id, {owner} from ams where old_am <> new_am
    union
    select client_id, step from deltas
    union
    select client_id, {last} from rated
    where round(new_local * cc_rate, 2) <> new_cc or round(new_local * month_rate, 2) <> new_reported
)
select client_id, step, lead(step) over (partition by client_id order by step) as next_step from steps;

-- A step after others may pass through less than nothing; the state then is nothing, as a balance below 0 is.
create temp table states as
with running as (
    select s.client_id, s.step, r.month, r.currency,
        r.old_local + coalesce(sum(d.change_local) filter (where d.step <= s.step), 0) as local
    from client_steps as s
    inner join rated as r on r.client_id = s.client_id
    left join deltas as d on d.client_id = r.client_id and d.month = r.month and d.currency = r.currency
    group by s.client_id, s.step, r.month, r.currency, r.old_local
),
valued as (
    select running.client_id, running.step, running.month,
        case
            when running.step = {start} then rated.old_cc
            when running.step = {last} then rated.new_cc
            else round(cast(running.local as decimal(18, 2)) * rated.cc_rate, 2)
        end as arr_cc,
        case
            when running.step = {start} then rated.old_reported
            when running.step = {last} then rated.new_reported
            else round(cast(running.local as decimal(18, 2)) * rated.month_rate, 2)
        end as arr_reported
    from running
    inner join rated using (client_id, month, currency)
)
select client_id, step, month,
    cast(greatest(sum(arr_cc), 0) as decimal(18, 2)) as arr_cc,
    cast(greatest(sum(arr_reported), 0) as decimal(18, 2)) as arr_reported
from valued
group by all;
"""

PARTS = """
create temp table parts as
with cohorts as (
    select s.client_id, s.step, w.window_months, cast(s.month + to_months(w.window_months) as date) as month,
        s.arr_cc as start_arr_cc, s.arr_reported as start_arr_reported,
        coalesce(e.arr_cc, 0) as end_arr_cc, coalesce(e.arr_reported, 0) as end_arr_reported
    from states as s
    cross join (select unnest({windows}) as window_months) as w
    left join states as e
        on e.client_id = s.client_id and e.step = s.step and e.month = s.month + to_months(w.window_months)
    where s.arr_cc > 0 and s.month + to_months(w.window_months) <= (select last_month from horizon)
),
figures as (
    {figures}
)
select f.client_id, f.step, f.month, f.metric, '{company}' as segment, 'all' as segment_value, f.n, f.d
from figures as f
union all
select f.client_id, f.step, f.month, f.metric, '{am}' as segment,
    coalesce(case when f.step < {owner} then ams.old_am else ams.new_am end, '{unassigned}') as segment_value, f.n, f.d
from figures as f
left join ams on ams.client_id = f.client_id and ams.month = f.month and ams.window_months = f.window_months;

-- Each state counts from its step on, until the client's next one takes it back.
create temp table part_changes as
with events as (
    select client_id, step, month, metric, segment, segment_value, n, d from parts where step > {start}
    union all
    select p.client_id, s.next_step as step, p.month, p.metric, p.segment, p.segment_value, -p.n as n, -p.d as d
    from parts as p
    inner join client_steps as s on s.client_id = p.client_id and s.step = p.step
    where s.next_step is not null
)
select client_id, step, month, metric, segment, segment_value, sum(n) as n, sum(d) as d
from events
group by all
having sum(n) <> 0 or sum(d) <> 0;
"""
NUMERATORS = {
    "nrr_cc": "end_arr_cc",
    "grr_cc": "least(start_arr_cc, end_arr_cc)",
    "nrr_reported": "end_arr_reported",
    "grr_reported": "least(start_arr_reported, end_arr_reported)",
    "logo_churn_rate": "case when end_arr_cc = 0 then 1 else 0 end",
}

# The rates' step has one cause for constant currency and one for reported figures; the owner's is the history's, unless
# the churn month moved the client to another AM's portfolio: then it is what moved the month.
EFFECTS = """
create temp table effects as
with rate_causes as (
    select
        case
            when o.reporting_currency <> n.reporting_currency then 'policy'
            when o.fx_baseline_on <> n.fx_baseline_on then 'fx_baseline'
            else 'fx'
        end as cc_cause,
        case when o.reporting_currency <> n.reporting_currency then 'policy' else 'fx' end as reported_cause
    from old.run as o
    cross join new.run as n
),
figures as (  -- N is not published for every ratio: it is the value's, to the cent
    select *, round(cast(old_value as double) * cast(old_base as double), 2) as old_numerator from changed_figures
),
owned_otherwise as (select distinct client_id from ams where window_months = 0 and old_am <> new_am),
largest as (select client_id, arg_max(cause, abs(change_local)) as cause from deltas group by client_id),
shared as (
    select f.month, f.metric, f.segment, f.segment_value, c.client_id,
        case
            when c.step = {rates} and f.metric like '%_reported%' then r.reported_cause
            when c.step = {rates} then r.cc_cause
            when c.step = {owner} and w.client_id is not null then 'owner'
            when c.step = {owner} then coalesce(l.cause, 'code')
            else list_extract({causes}, cast(c.step - {first} + 1 as integer))
        end as cause,
        case
            when f.metric like 'arr%' then cast(c.n as decimal(28, 8))
            when f.old_value is null or f.new_value is null
                then cast(round(
                    cast(c.n as double) / cast(coalesce(nullif(f.new_base, 0), f.old_base) as double), 8
                ) as decimal(28, 8))
            else cast(round(
                (cast(c.n as double) - f.old_numerator / cast(f.old_base as double) * cast(c.d as double))
                / cast(f.new_base as double), 8
            ) as decimal(28, 8))
        end as effect
    from figures as f
    inner join part_changes as c using (month, metric, segment, segment_value)
    cross join rate_causes as r
    left join owned_otherwise as w on w.client_id = c.client_id
    left join largest as l on l.client_id = c.client_id
)
select month, metric, segment, segment_value, client_id, cause, sum(effect) as effect
from shared
group by all;
"""

# The remainder of rounding (of each effect; of the old value, which the denominator's change multiplies) goes to the
# largest. Anything more is nobody's, and stands in a row of its own.
RESTATED = """
create temp table restated as
with totals as (
    select f.*, coalesce(e.clients, 0) as clients,
        coalesce(f.new_value, 0) - coalesce(f.old_value, 0) - coalesce(e.effect, 0) as rest
    from changed_figures as f
    left join (
        select month, metric, segment, segment_value, sum(effect) as effect, count(*) as clients
        from effects
        group by all
    ) as e using (month, metric, segment, segment_value)
),
judged as (
    select *, clients > 0 and abs(rest) <= case
            when metric like 'arr%' then 0
            else 0.00000001 * (
                clients + 2 + coalesce(cast(old_base as double) / cast(nullif(new_base, 0) as double), 0)
            )
        end as is_rounding
    from totals
),
ranked as (
    select e.*, row_number() over (
        partition by e.month, e.metric, e.segment, e.segment_value
        order by abs(e.effect) desc, e.client_id asc, e.cause asc
    ) as place
    from effects as e
)
select j.month, j.metric, j.segment, j.segment_value, j.old_value, j.new_value, r.cause, r.client_id,
    cast(r.effect + case when r.place = 1 and j.is_rounding then j.rest else 0 end as decimal(28, 8)) as client_effect
from ranked as r
inner join judged as j using (month, metric, segment, segment_value)
where r.effect <> 0 or (r.place = 1 and j.is_rounding and j.rest <> 0)
union all
select month, metric, segment, segment_value, old_value, new_value, 'code' as cause, null as client_id,
    cast(rest as decimal(28, 8)) as client_effect
from judged
where not is_rounding;
"""


def share_out(connection: "duckdb.DuckDBPyConnection") -> None:
    """Write the temp table `restated` from `changed_figures`, `balances`, `ams` and `contributions`."""
    names = {
        "start": START, "rates": RATES, "owner": OWNER, "first": FIRST_LINE_CAUSE, "last": LAST,
        "causes": "[" + ", ".join(f"'{cause}'" for cause in LINE_CAUSES) + "]", "windows": str(list(WINDOWS)),
        "company": COMPANY, "am": AM, "unassigned": UNASSIGNED, "figures": _figures(),
    }  # fmt: skip
    for statements in (DELTAS, STATES, PARTS, EFFECTS, RESTATED):
        connection.execute(statements.format(**names))


def compare_balances(connection: "duckdb.DuckDBPyConnection") -> None:
    """Write the temp tables `balances`, `moved`, `ams` and `changed_clients`, for the months of `horizon`."""
    connection.execute(BALANCES)
    connection.execute(AMS.format(sided=AM_SIDES))


def _figures() -> str:
    arr = [
        f"""select client_id, step, month, 0 as window_months, '{metric}' as metric,
            {metric} as n, cast(0 as decimal(18, 2)) as d from states"""
        for metric in ARR_METRICS
    ]
    ratios = [
        f"""select client_id, step, month, window_months, '{metric}' || {suffix_sql()} as metric,
            cast({NUMERATORS[metric]} as decimal(18, 2)) as n,
            cast({1 if base == "clients_start" else base} as decimal(18, 2)) as d from cohorts"""
        for metric, base in RATIO_METRICS.items()
    ]
    return "\nunion all\n".join([*arr, *ratios])
