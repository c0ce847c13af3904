"""Why a client's local ARR is another one: the invoice lines of both releases, compared one by one.

Each changed line gives signed contributions to ARR, each with its cause. A line that moved to another client and was
changed as well gives both: first it moves as it was, then it changes where it is. The order of the tests is the rule:
what names one line's cause most directly goes first. Nothing here knows a metric.
"""

from typing import TYPE_CHECKING

from pipelines.release.restatements.sources import TABLES

if TYPE_CHECKING:
    import duckdb

# The order in which causes are taken off a client's change, one after the other (see steps.py).
FX_CAUSES = ("policy", "fx_baseline", "fx")
LINE_CAUSES = ("hierarchy", "mapping", "policy", "changed_invoice", "credit_note", "late_invoice", "code")
NOT_COUNTED = "('draft', 'void')"

# What was mapped or ruled otherwise, as keys: a row that is in one release only.
CHANGED_RULES = """
create temp table changed_accounts as
select account_id from (
    (select * from old.map_accounts except select * from new.map_accounts)
    union all (select * from new.map_accounts except select * from old.map_accounts)
);
create temp table changed_products as
select lower(trim(product)) as product_key, min(cause) as cause from (
    select product, 'mapping' as cause from (
        (select * from old.map_products except select * from new.map_products)
        union all (select * from new.map_products except select * from old.map_products)
    )
    union all
    select product, 'policy' as cause from (
        (select * from old.product_types except select * from new.product_types)
        union all (select * from new.product_types except select * from old.product_types)
    )
) group by all;
create temp table changed_reasons as
select
    exists (
        (select * from old.map_credit_reasons except select * from new.map_credit_reasons)
        union all (select * from new.map_credit_reasons except select * from old.map_credit_reasons)
    ) as is_mapped_otherwise,
    exists (
        (select * from old.credit_reasons except select * from new.credit_reasons)
        union all (select * from new.credit_reasons except select * from old.credit_reasons)
    ) as is_ruled_otherwise;
"""

# `moved`: client, month, currency whose local ARR changed. A line may have come from a client that did not change.
LINE_PAIRS = """
create temp table line_pairs as
with touched as (select distinct client_id from moved),
keys as (
    select line_key from old.lines where client_id in (select client_id from touched)
    union
    select line_key from new.lines where client_id in (select client_id from touched)
)
select {columns}
from keys
left join old.lines as old_lines on old_lines.line_key = keys.line_key
left join new.lines as new_lines on new_lines.line_key = keys.line_key
where old_lines.line_key is null or new_lines.line_key is null or {differs};
"""

CLASSIFIED = f"""
create temp table classified as
with found as (
    select
        pairs.*,
        old_line_key is not null as was_counted,
        new_line_key is not null as is_counted,
        exists (
            select 1 from old.lines as counted where counted.invoice_key = pairs.new_invoice_key
        ) or exists (
            select 1 from old.invoices as known
            where known.invoice_key = pairs.new_invoice_key and known.status in {NOT_COUNTED}
        ) as was_invoice_known,
        exists (
            select 1 from old.quarantine as refused
            where refused.source = pairs.new__source and refused.entity in ('invoices', 'invoice_lines')
                and contains(refused.raw, substr(pairs.new_invoice_key, length(pairs.new__source) + 2))
        ) as was_refused,
        exists (
            select 1 from new.quarantine as refused
            where refused.source = pairs.old__source and refused.entity in ('invoices', 'invoice_lines')
                and contains(refused.raw, substr(pairs.old_invoice_key, length(pairs.old__source) + 2))
        ) as is_refused,
        coalesce(new_account_id in (select account_id from changed_accounts), false)
            or coalesce(old_account_id in (select account_id from changed_accounts), false) as is_remapped,
        coalesce(of_new.cause, of_old.cause) as product_cause
    from line_pairs as pairs
    left join changed_products as of_new on of_new.product_key = lower(trim(pairs.new_product))
    left join changed_products as of_old on of_old.product_key = lower(trim(pairs.old_product))
)
select
    found.*,
    old_client_id <> new_client_id as is_other_client,
    case
        when old_account_id = new_account_id then 'hierarchy'
        when is_remapped then 'mapping'
        else 'changed_invoice'
    end as move_cause,
    case
        when not was_counted and was_refused then case when is_remapped then 'mapping' else 'hierarchy' end
        when not was_counted and new_kind = 'credit_note' then 'credit_note'
        when not was_counted and was_invoice_known then 'changed_invoice'
        when not was_counted then 'late_invoice'
        when not is_counted and is_refused then case when is_remapped then 'mapping' else 'hierarchy' end
        when not is_counted and old_kind = 'credit_note' then 'credit_note'
        when not is_counted and old_issued_on > (select as_of_on from new.run) then 'late_invoice'
        when not is_counted then 'changed_invoice'
        when old_amount is distinct from new_amount or old_currency is distinct from new_currency
            or old_kind is distinct from new_kind or old_service_start is distinct from new_service_start
            or old_service_end is distinct from new_service_end
            then case when new_kind = 'credit_note' then 'credit_note' else 'changed_invoice' end
        when old_credit_effect is distinct from new_credit_effect
            then case
                when (select is_mapped_otherwise from changed_reasons) then 'mapping'
                when (select is_ruled_otherwise from changed_reasons) then 'policy'
                else 'credit_note'
            end
        when old_revenue_type is distinct from new_revenue_type and product_cause is not null then product_cause
        when old_revenue_type is distinct from new_revenue_type and old_product is distinct from new_product
            then 'changed_invoice'
        when old_revenue_type is distinct from new_revenue_type or old_monthly_rate is distinct from new_monthly_rate
            then 'code'
    end as cause
from found;
"""

# Signed: what each changed line takes from a client, and what it brings.
CONTRIBUTIONS = """
create temp table contributions as
with signed as (
    {parts}
)
select client_id, currency, cause, revenue_type, abs(amount) as weight, sign * monthly_rate * 12 as change_local,
    recognised_from, recognised_to,
    cast(date_trunc('month', service_start) as date) as from_month,
    cast(date_trunc('month', service_end + interval 1 day) as date) as until_month
from signed
where cause is not null;
"""
COMPARED = [column for column in TABLES["lines"][1] if column not in ("_source", "issued_on", "invoice_key")]
# (side whose values count, sign, client's side, cause, when)
PARTS = (
    ("new", 1, "new", "cause", "not was_counted"),
    ("old", -1, "old", "cause", "not is_counted"),
    ("old", -1, "old", "move_cause", "is_other_client"),
    ("old", 1, "new", "move_cause", "is_other_client"),
    ("old", -1, "new", "cause", "was_counted and is_counted"),
    ("new", 1, "new", "cause", "was_counted and is_counted"),
)


def find_line_causes(connection: "duckdb.DuckDBPyConnection", is_complete: bool) -> None:
    """Write the temp table `contributions` from the lines of all clients in `moved`.

    With a side that lacks what is compared (`is_complete` false) it stays empty: only the code can be named then.
    """
    columns = [f"{side}_lines.{column} as {side}_{column}" for side in ("old", "new") for column in TABLES["lines"][1]]
    differs = " or ".join(f"old_lines.{column} is distinct from new_lines.{column}" for column in COMPARED)
    parts = "\nunion all\n".join(
        f"""select {client}_client_id as client_id, {side}_currency as currency, {cause} as cause,
            {side}_revenue_type as revenue_type, {side}_amount as amount, {sign} as sign,
            {side}_monthly_rate as monthly_rate, {side}_service_start as service_start,
            {side}_service_end as service_end, {side}_recognised_from as recognised_from,
            {side}_recognised_to as recognised_to
        from classified where {when}"""
        for side, sign, client, cause, when in PARTS
    )
    connection.execute(CHANGED_RULES)
    connection.execute(
        LINE_PAIRS.format(columns=", ".join(columns), differs=f"({differs})" if is_complete else "false")
    )
    if not is_complete:
        connection.execute("delete from line_pairs")
    connection.execute(CLASSIFIED)
    connection.execute(CONTRIBUTIONS.format(parts=parts))
