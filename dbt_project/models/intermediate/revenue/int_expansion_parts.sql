-- Growth of each cell of the clients that expanded in a month, under the first label that holds: a new country, division, service
-- line or job family; else volume (at the old price) and price. Constant currency, unrounded, in millionths.
{% set cell = ['client_id', 'currency', 'revenue_type', 'country', 'division', 'service_line', 'job_family'] %}
{% set labels = {
    'geographic': 'country', 'new_division': 'division', 'service_line': 'service_line', 'job_family': 'job_family',
} %}
with arr as (
    select cells.*, cast(round(cells.arr_local * cc.rate, 6) as decimal(28, 6)) as arr_cc
    from {{ ref('int_arr__by_cell_and_month') }} as cells
    left join {{ ref('int_fx_rates__cc') }} as cc on cc.currency = cells.currency
),

expansions as (
    select client_id, month from {{ ref('int_arr_movements__by_client_and_month') }} where movement_type = 'expansion'
),

ends as (
    select {{ cell | join(', ') }}, month, arr_cc as arr_1, quantity as quantity_1,
        cast(null as decimal(28, 6)) as arr_0, cast(null as decimal(28, 6)) as quantity_0
    from arr
    union all
    select {{ cell | join(', ') }}, {{ add_months('month', 1) }} as month, cast(null as decimal(28, 6)) as arr_1,
        cast(null as decimal(28, 6)) as quantity_1, arr_cc as arr_0, quantity as quantity_0
    from arr
),

compared as (
    select {% for column in cell %}ends.{{ column }}, {% endfor %} ends.month,
        coalesce(sum(ends.arr_0), 0) as arr_0,
        coalesce(sum(ends.arr_1), 0) as arr_1,
        max(ends.quantity_0) as quantity_0,
        max(ends.quantity_1) as quantity_1
    from ends
    inner join expansions on expansions.client_id = ends.client_id and expansions.month = ends.month
    group by {% for column in cell %}ends.{{ column }}, {% endfor %} ends.month
),

{% for label, column in labels.items() %}
first_{{ label }} as (
    select client_id, {{ column }}, min(month) as first_month
    from arr
    where {{ column }} is not null and arr_cc > 0
    group by client_id, {{ column }}
),
{% endfor %}

labelled as (
    select
        compared.client_id,
        compared.month,
        compared.arr_0,
        compared.arr_1,
        compared.quantity_0,
        compared.quantity_1,
        case
            {% for label in labels %}
            when first_{{ label }}.first_month = compared.month then '{{ label }}'
            {% endfor %}
        end as label
    from compared
    {% for label, column in labels.items() %}
    left join first_{{ label }}
        on first_{{ label }}.client_id = compared.client_id and first_{{ label }}.{{ column }} = compared.{{ column }}
    {% endfor %}
    where compared.arr_1 > compared.arr_0
),

split as (
    select
        client_id,
        month,
        label,
        {{ as_units('arr_1 - arr_0', 6) }} as change_units,
        case
            when coalesce(quantity_0, 0) = 0 or coalesce(quantity_1, 0) = 0 or arr_0 = 0 then {{ as_units('arr_1 - arr_0', 6) }}
            else {{ div_round(as_units('quantity_1 - quantity_0', 6) ~ ' * ' ~ as_units('arr_0', 6), as_units('quantity_0', 6)) }}
        end as volume_units
    from labelled
)

select client_id, month, label as expansion_type, sum(change_units) as part_units from split
where label is not null
group by client_id, month, label
union all
select client_id, month, 'volume' as expansion_type, sum(volume_units) as part_units from split
where label is null
group by client_id, month
union all
select client_id, month, 'price' as expansion_type, sum(change_units - volume_units) as part_units from split
where label is null
group by client_id, month
