-- One snapshot, at the latest complete month; only the months in the role run to the as-of day.
with run as (
    select *, {{ add_months(quarter_start(add_months('last_month', 1)), -1) }} as last_quarter_end from {{ ref('stg_run') }}
),

ams as (select am_id from {{ ref('dim_account_managers') }}),

roles as (
    select
        users.user_id as am_id,
        users.role_started_on,
        run.as_of_on,
        {{ months_between('users.role_started_on', 'run.as_of_on') }} as month_difference
    from {{ ref('stg_users') }} as users
    cross join run
    where users.role_started_on <= run.as_of_on
),

quarters as (
    select
        ams.am_id,
        coalesce(ratings.is_meets_or_better, false) as is_meets_or_better,
        row_number() over (partition by ams.am_id order by months.month desc nulls last) as place
    from ams
    cross join run
    inner join {{ ref('int_months') }} as months
        on months.month <= run.last_quarter_end and months.month = {{ add_months('months.quarter_start', 2) }}
    left join {{ ref('rpt_scorecard_ratings') }} as ratings on ratings.am_id = ams.am_id and ratings.month = months.month
),

-- In a row, back from the latest complete quarter: the place of the first quarter that fell short ends the count.
streaks as (
    select
        am_id,
        coalesce(min(case when not is_meets_or_better then place end) - 1, count(*)) as quarters_at_meets
    from quarters
    group by am_id
),

portfolios as (
    select portfolios.*
    from {{ ref('int_portfolios__by_am_and_month') }} as portfolios
    inner join run on run.last_month = portfolios.month
),

actuals as (
    select actuals.am_id, actuals.metric, actuals.actual
    from {{ ref('int_scorecard_actuals') }} as actuals
    inner join run on run.last_month = actuals.month
),

voluntary_churns as (
    select am_id, count(distinct client_id) as clients from {{ ref('fct_churn') }} where churn_category = 'voluntary' group by am_id
),

measured as (
    select am_id, 'months_in_role' as criterion,
        month_difference - case when {{ add_months('role_started_on', 'month_difference') }} > as_of_on then 1 else 0 end as value
    from roles
    union all
    select ams.am_id, 'quarters_at_meets' as criterion, coalesce(streaks.quarters_at_meets, 0) as value
    from ams
    left join streaks on streaks.am_id = ams.am_id
    union all
    select am_id, metric as criterion, actual as value from actuals where metric in ('nrr_cc', 'nps')
    union all
    select ams.am_id, 'voluntary_churn_clients' as criterion, coalesce(voluntary_churns.clients, 0) as value
    from ams
    left join voluntary_churns on voluntary_churns.am_id = ams.am_id
    {% for criterion, measure in {
        'arr_cc': 'arr_cc', 'strategic_clients': 'strategic_clients', 'expansion_won_cc': 'expansion_won_12m_cc',
    }.items() %}
    union all
    select ams.am_id, '{{ criterion }}' as criterion, coalesce(portfolios.{{ measure }}, 0) as value
    from ams
    left join portfolios on portfolios.am_id = ams.am_id
    {% endfor %}
),

criteria as (
    select policy.criterion, policy.comparison, policy.threshold
    from {{ policy_by_month('promotion_criteria', ['criterion']) }} as policy
    inner join run on run.last_month = policy.month
)

select
    ams.am_id,
    criteria.criterion,
    cast(measured.value as decimal(28, 12)) as value,
    criteria.threshold,
    case criteria.comparison
        when 'at_least' then measured.value >= criteria.threshold
        when 'above' then measured.value > criteria.threshold
        when 'at_most' then measured.value <= criteria.threshold
    end as is_met
from ams
cross join criteria
left join measured on measured.am_id = ams.am_id and measured.criterion = criteria.criterion
