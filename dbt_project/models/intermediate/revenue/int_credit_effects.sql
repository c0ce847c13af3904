-- What a credit note's reason does to ARR: the company's own mapping goes before the shipped one.
with candidates as (
    select lower(trim(reason)) as reason_key, effect, 1 as priority from {{ ref('stg_map_credit_reasons') }}
    union all
    select lower(trim(reason)) as reason_key, effect, 2 as priority
    from {{ policy_at_as_of('credit_reasons', ['reason']) }} as policy
),

ranked as (
    select *, row_number() over (partition by reason_key order by priority asc nulls last) as choice from candidates
)

select reason_key, effect from ranked where choice = 1
