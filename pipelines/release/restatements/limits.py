"""How far a closed month may move before a person has to accept it: the policy `restatement_limits`.

A month is closed by a label (`tenure close`). While no month has one, every month is guarded that was not the last
complete one of the release before: that one still changes by itself, as hours are billed in arrears.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.audit.checks import Check, Severity
from pipelines.release.restatements.closes import SUITE

if TYPE_CHECKING:
    import duckdb

EXAMPLES = 3
CLIENTS = 3

# A new fiscal year's baseline revalues all history in constant currency, as the book says it shall: accepted by itself.
# A baseline that a person set is not. What was never reported (no value, or no ARR) cannot be restated.
MOVES = """
with baseline as (
    select coalesce(
        n.fx_baseline_on = cast(make_date(
            year(n.as_of_on) - case when month(n.as_of_on) >= n.fiscal_year_start_month then 0 else 1 end,
            n.fiscal_year_start_month, 1
        ) - interval 1 day as date), false
    ) as is_of_fiscal_year
    from new.run as n
),
guarded as (
    select distinct month, 'label' as closed_by from new_release.ops.closed_months
    union all
    select distinct r.month, 'calendar' as closed_by
    from restated as r
    cross join old.run as o
    where r.month < o.last_month and not exists (select 1 from new_release.ops.closed_months)
),
moves as (
    select r.month, r.metric, r.segment, r.segment_value, g.closed_by, any_value(r.old_value) as old_value,
        any_value(r.new_value) as new_value,
        coalesce(sum(r.client_effect) filter (where not (r.cause = 'fx_baseline' and b.is_of_fiscal_year)), 0) as moved,
        count(distinct r.client_id) as clients
    from restated as r
    inner join guarded as g on g.month = r.month
    cross join baseline as b
    group by r.month, r.metric, r.segment, r.segment_value, g.closed_by
),
limits as (
    select metric, segment, closed_by, month, limit_bp, severity
    from (select distinct month from moves)
    inner join new_release.policy.restatement_limits as l on l.valid_from <= last_day(month)
    qualify row_number() over (partition by metric, segment, closed_by, month order by valid_from desc) = 1
),
measured as (
    select moves.*, limits.limit_bp, limits.severity,
        case
            when moves.metric like 'arr%' then cast(abs(moved) * 10000 / nullif(abs(old_value), 0) as decimal(28, 2))
            else cast(abs(moved) * 10000 as decimal(28, 2))
        end as moved_bp
    from moves
    inner join limits using (metric, segment, closed_by, month)
    where moves.old_value is not null and limits.limit_bp is not null
)
select month, metric, segment, segment_value, closed_by, old_value, new_value, moved_bp, limit_bp, severity
from measured
where moved_bp > limit_bp
order by metric, month desc, moved_bp desc, segment_value
"""
TOP_CLIENTS = """
select coalesce(client_id, '-') || ' (' || cause || ')' from restated
where month = ? and metric = ? and segment = ? and segment_value = ?
order by abs(client_effect) desc, client_id limit ?
"""


def check_limits(connection: "duckdb.DuckDBPyConnection") -> list[Check]:
    """One acceptable check a metric that the policy limits: `restatement_<metric>`.

    Reads `restated` and the new release's `ops.closed_months`; every check passes where nothing is restated.
    """
    metrics = [
        row[0]
        for row in connection.execute(
            "select distinct metric from new_release.policy.restatement_limits order by metric"
        ).fetchall()
    ]
    beyond: dict[str, list[tuple[Any, ...]]] = {metric: [] for metric in metrics}
    if _has_rows(connection):
        for row in connection.execute(MOVES).fetchall():
            beyond[row[1]].append(row)
    return [_check(connection, metric, rows) for metric, rows in beyond.items()]


def _has_rows(connection: "duckdb.DuckDBPyConnection") -> bool:
    return connection.execute("select 1 from restated limit 1").fetchone() is not None


def _check(connection: "duckdb.DuckDBPyConnection", metric: str, beyond: list[tuple[Any, ...]]) -> Check:
    is_blocked = any(row[9] == Severity.BLOCK.value for row in beyond)
    shown = "; ".join(_in_words(connection, row) for row in beyond[:EXAMPLES])
    more = f"; and {len(beyond) - EXAMPLES} more (tenure restatements)" if len(beyond) > EXAMPLES else ""
    return Check(
        suite=SUITE,
        name=f"restatement_{metric}",
        severity=Severity.BLOCK if is_blocked or not beyond else Severity.WARN,
        passed=not beyond,
        observed=f"{len(beyond)} figures of closed months moved beyond the limit"
        if beyond
        else "none beyond the limit",
        message=shown + more,
        acceptable=True,
    )


def _in_words(connection: "duckdb.DuckDBPyConnection", row: tuple[Any, ...]) -> str:
    month, metric, segment, value, _, old, new, moved_bp, limit_bp, _ = row
    clients = [name for (name,) in connection.execute(TOP_CLIENTS, [month, metric, segment, value, CLIENTS]).fetchall()]
    where = "" if segment == "company" else f" of {segment} {value}"
    return (
        f"{metric}{where} {month:%Y-%m} from {plain(old)} to {plain(new)}, {plain(moved_bp)} basis points of at most "
        f"{plain(limit_bp)}: {', '.join(clients)}"
    )


def plain(value: Decimal | None) -> str:
    """A number without the zeros at its end; n/a where there is none."""
    return "n/a" if value is None else f"{value.normalize():f}"
