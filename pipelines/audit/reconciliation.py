"""Reconciliation: file -> ledger -> lake -> published lines, to the cent, per source, currency and month.

The second half recomputes from the lake which version of each line counts, without any of the models' SQL. All that is
taken over from the build is which rows it set aside: each of those is shown with its reason in `ops.quarantine`.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.audit.checks import Check, judged

if TYPE_CHECKING:
    import duckdb

SUITE = "reconciliation"
LINES, INVOICES = "invoice_lines", "invoices"

# What counts of the landed invoices, by the words of docs/metric-book.md (1.6) and the rule "the newest export wins".
# A row that takes no part still hides the older ones of its key, unless nobody knows its account. A line of a file may
# hold many documents (JSON), so that what was set aside is found by its key as well.
EXPECTED = """
create temporary table expected_invoices as
with usable as (
    select * from lake_invoices as landed
    where not is_gone
        and not exists (
            select 1 from ops.quarantine as aside
            where aside.entity = 'invoices' and aside.load_seq = landed._load_seq
                and aside.line_number = landed._line_number and aside.refused_by = 'reference'
                and json_extract_string(aside.raw, '$.invoice_id') = landed.invoice_id
        )
        and (_is_active or account_id is null or account_id in (select account_id from staging.stg_accounts))
)
select _source, invoice_id, _load_seq, currency, issued_on, status
from usable
where _is_active
qualify row_number() over (
    partition by _source, invoice_id order by _newness_at desc, _load_seq desc, _line_number desc
) = 1;
"""
FATES = """
create temporary table line_fates as
with invoiced as (
    select lines.*, invoices.currency, invoices.issued_on, invoices.status,
        invoices.invoice_id is not null as has_invoice,
        exists (
            select 1 from ops.quarantine as aside
            where aside.entity = 'invoice_lines' and aside.load_seq = lines._load_seq
                and aside.line_number = lines._line_number and aside.refused_by = 'reference'
                and json_extract_string(aside.raw, '$.line_id') = lines.line_id
        ) as is_aside,
        coalesce(lines._is_document and lines._load_seq <> invoices._load_seq, false) as is_replaced
    from lake_invoice_lines as lines
    left join expected_invoices as invoices using (_source, invoice_id)
),
fates as (
    select _source as source, coalesce(currency, '') as currency, date_trunc('month', issued_on)::date as month, amount,
        status not in ('draft', 'void') and issued_on <= (select as_of_on from staging.stg_run) as is_counted,
        case
            when is_gone then 'gone from a full export'
            when is_replaced then 'older version'
            when is_aside or not has_invoice then 'in quarantine'
            when row_number() over (
                partition by _source, line_id, is_gone, is_replaced, is_aside or not has_invoice
                order by _newness_at desc, _load_seq desc, _line_number desc
            ) > 1 then 'older version'
            when not _is_active then 'inactive'
            else 'published'
        end as fate
    from invoiced
)
select source, currency, month, is_counted, fate, count(*) as lines, sum(amount) as amount from fates group by all;
"""
PUBLISHED = """
    with expected as (
        select source, currency, month, sum(amount) as amount from line_fates where fate = 'published' group by all
    ),
    found as (
        select lines._source as source, invoices.currency, date_trunc('month', invoices.issued_on)::date as month,
            sum(lines.amount) as amount
        from staging.stg_invoice_lines as lines
        inner join staging.stg_invoices as invoices using (invoice_key)
        group by all
    )
    select source, currency, month, coalesce(expected.amount, 0), coalesce(found.amount, 0)
    from expected full join found using (source, currency, month)
    order by source, currency, month
"""
COUNTED = """
    with expected as (
        select source, currency, month, sum(amount) as amount
        from line_fates
        where fate = 'published' and is_counted
        group by all
    ),
    found as (
        select _source as source, currency, date_trunc('month', issued_on)::date as month, sum(amount) as amount
        from intermediate.int_invoice_lines
        group by all
    )
    select source, currency, month, coalesce(expected.amount, 0), coalesce(found.amount, 0)
    from expected full join found using (source, currency, month)
    order by source, currency, month
"""
Total = tuple[str, str, Any, Decimal, Decimal]  # source, currency, month, what the files say, what the build says


def reconcile(
    connection: "duckdb.DuckDBPyConnection",
    lake: Path,
    entries: Sequence[Mapping[str, Any]],
    gone: Mapping[str, Sequence[int]],
) -> list[Check]:
    """All reconciliations of a build with its lake. `gone`: loads that a newer full export replaced, by entity."""
    checks = [lake_amounts_are_the_files(_amounts_of_loads(connection, lake, entries))]
    for entity in (INVOICES, LINES):
        if not _register(connection, lake, entity, entries, gone.get(entity, ())):
            return checks
    connection.execute(EXPECTED)
    connection.execute(FATES)
    fates = connection.execute("select fate, sum(lines) from line_fates group by all order by 1").fetchall()
    made_of = ", ".join(f"{lines:,} {fate}" for fate, lines in fates)
    return [
        *checks,
        totals_agree("published_invoices_are_those_of_the_files", connection.execute(PUBLISHED).fetchall(), made_of),
        totals_agree("counted_lines_are_the_invoices_that_count", connection.execute(COUNTED).fetchall(), "lines"),
    ]


def lake_amounts_are_the_files(amounts: Iterable[tuple[str, Decimal, Decimal]]) -> Check:
    """What each file's text adds up to is what the lake holds of it: (file and entity, in the file, in the lake)."""
    compared = list(amounts)
    wrong = [f"{name}: {text} in the file, {landed} in the lake" for name, text, landed in compared if text != landed]
    return _check("lake_amounts_are_those_of_the_files", wrong, f"{len(compared)} control totals")


def totals_agree(name: str, totals: Sequence[Total], made_of: str) -> Check:
    """Each source's invoices of a currency and month add up to the same in the files and in the build."""
    wrong = [
        f"{source} {currency} {month:%Y-%m}: {expected} in the files, {found} in the warehouse"
        for source, currency, month, expected, found in totals
        if expected != found
    ]
    return _check(name, wrong, f"{len(totals)} totals of source, currency and month ({made_of})")


def _amounts_of_loads(
    connection: "duckdb.DuckDBPyConnection", lake: Path, entries: Sequence[Mapping[str, Any]]
) -> list[tuple[str, Decimal, Decimal]]:
    found = []
    for entry in entries:
        for entity, counts in entry["entities"].items():
            path = lake / entity / f"{entry['load_id']}.parquet"
            for column, text in counts.get("control_totals", {}).items():
                landed = Decimal(0)
                if path.exists():
                    select = f'select coalesce(sum("{column}"), 0) from read_parquet(?)'
                    landed = (connection.execute(select, [str(path)]).fetchone() or (Decimal(0),))[0]
                found.append((f"{entry['file_name']} ({entity})", Decimal(text), Decimal(landed)))
    return found


def _register(
    connection: "duckdb.DuckDBPyConnection",
    lake: Path,
    entity: str,
    entries: Sequence[Mapping[str, Any]],
    gone: Sequence[int],
) -> bool:
    """A temporary view of all landed rows of an entity; False where there are none."""
    files = [
        str(lake / entity / f"{entry['load_id']}.parquet")
        for entry in entries
        if entity in entry["entities"] or entity in entry.get("derived", [])
    ]
    present = [path for path in files if Path(path).exists()]
    if not present:
        return False
    connection.execute(f"set variable files_of_{entity} = ?", [present])
    is_gone = f"_load_seq in ({', '.join(map(str, gone))})" if gone else "false"
    connection.execute(
        f"""create temporary view lake_{entity} as
            select *, {is_gone} as is_gone from read_parquet(getvariable('files_of_{entity}'), union_by_name = true)"""
    )
    return True


def _check(name: str, wrong: list[str], observed: str) -> Check:
    return judged(SUITE, name, wrong, f"{len(wrong)} wrong of {observed}" if wrong else observed)
