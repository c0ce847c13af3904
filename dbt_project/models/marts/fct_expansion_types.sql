-- The parts are scaled to the client's net expansion; the largest takes what rounding leaves.
{% set order_of_labels = "case expansion_type when 'geographic' then 1 when 'new_division' then 2 when 'service_line' then 3
    when 'job_family' then 4 when 'volume' then 5 else 6 end" %}
with parts as (
    select
        parts.client_id,
        parts.month,
        parts.expansion_type,
        parts.part_units,
        sum(parts.part_units) over (partition by parts.client_id, parts.month) as positive_units,
        movements.change_cc as expansion_cc
    from {{ ref('int_expansion_parts') }} as parts
    inner join {{ ref('int_arr_movements__by_client_and_month') }} as movements
        on movements.client_id = parts.client_id and movements.month = parts.month
),

scaled as (
    select
        *,
        {{ from_units(div_round('part_units * ' ~ as_units('expansion_cc', 2), 'positive_units'), 2) }} as scaled_cc,
        row_number() over (
            partition by client_id, month order by part_units desc nulls last, {{ order_of_labels }} asc nulls last
        ) as place
    from parts
),

with_rest as (
    select
        client_id,
        month,
        expansion_type,
        cast(case
            when place = 1 then expansion_cc - (sum(scaled_cc) over (partition by client_id, month) - scaled_cc)
            else scaled_cc
        end as decimal(18, 2)) as change_cc
    from scaled
)

select client_id, month, expansion_type, change_cc from with_rest where change_cc <> 0
