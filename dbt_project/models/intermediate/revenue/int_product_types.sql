-- One row a product name (folded): the company's own mapping goes before the shipped one.
with own as (
    select lower(trim(product)) as product_key, revenue_type, 1 as priority from {{ ref('stg_map_products') }}
),

shipped as (
    select lower(trim(product)) as product_key, revenue_type, 2 as priority
    from {{ policy_at_as_of('product_types', ['product']) }} as policy
),

ranked as (
    select *, row_number() over (partition by product_key order by priority asc nulls last) as choice
    from (select * from own union all select * from shipped) as candidates
)

select product_key, revenue_type from ranked where choice = 1
