"""What is asked, checked against a release: what it names exists there, or the error says what does."""

import datetime as dt
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pipelines.errors import UserError
from pipelines.explain.catalogue import METRICS
from pipelines.explain.metric import Metric
from pipelines.explain.reader import read
from pipelines.explain.relations import SEGMENTS
from pipelines.serving.release import Release

NAMED = 12
SEGMENT_VALUES = {
    "company": "select 'all' as value, 'the company' as label",
    "am": """select am_id as value, am_name as label from marts.dim_account_managers
        union select 'unassigned' as value, 'nobody' as label""",
    "tier": "select distinct tier as value, tier as label from policy.tiers",
    "region": "select distinct region_segment as value, region_segment as label from intermediate.int_clients",
    "industry": "select distinct industry_segment as value, industry_segment as label from intermediate.int_clients",
    "currency": "select distinct currency_segment as value, currency_segment as label from intermediate.int_clients",
}


@dataclass(frozen=True)
class Question:
    """What somebody typed. None stands for the default: the latest month, the metric's own window."""

    metric: str
    month: str | None = None
    segment: str = "company"
    value: str | None = None
    window: int | None = None
    client: str | None = None
    top: int = 20
    quarter: str | None = None
    is_as_of_run: bool = False


@dataclass(frozen=True)
class Scope:
    """A question that the release can answer.

    `start_month` is M-k: the window begins with the end of that month. `day` is the month's last, or the run's.
    """

    metric: Metric
    month: dt.date
    window: int | None
    segment: str
    segment_value: str
    segment_label: str
    client_id: str | None
    client_name: str | None
    top: int
    is_as_of_run: bool
    as_of_on: dt.date
    reporting_currency: str

    @property
    def day(self) -> dt.date:
        return self.as_of_on if self.is_as_of_run else months_before(self.month, -1) - dt.timedelta(days=1)

    @property
    def start_month(self) -> dt.date:
        return months_before(self.month, self.window or 1)

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "metric": self.metric.name,
            "month": self.month,
            "day": self.day,
            "window": self.window,
            "segment": self.segment,
            "segment_value": self.segment_value,
            "client_id": self.client_id,
        }


def months_before(month: dt.date, count: int) -> dt.date:
    """The first of the month that lies `count` months before."""
    year, index = divmod(month.year * 12 + month.month - 1 - count, 12)
    return dt.date(year, index + 1, 1)


def scope_of(release: Release, question: Question) -> Scope:
    """The question with every default filled in. Raises UserError for what the release does not have."""
    metric = _metric(question.metric)
    window = _window(metric, question.window)
    segment = _segment_name(metric, question)
    month = _month(release, metric, window, _asked_month(metric, question), question.is_as_of_run)
    value, label = _segment(release, segment, question.value)
    if question.client is not None and metric.view != "contributions":
        raise UserError(f"{metric.name} is not told by client", do="leave --client out; it names what goes deeper")
    client_id, client_name = _client(release, question.client)
    if question.top < 1:
        raise UserError(f"--top must be 1 or more, not {question.top}")
    run = read(release, "select as_of_on, reporting_currency from staging.stg_run")[0]
    return Scope(
        metric, month, window, segment, value, label, client_id, client_name, question.top, question.is_as_of_run, **run
    )  # fmt: skip


def _metric(name: str) -> Metric:
    if name in METRICS:
        return METRICS[name]
    close = difflib.get_close_matches(name, METRICS, n=3)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    raise UserError(f"there is no metric '{name}'", do=f"{hint}metrics: {', '.join(METRICS)}")


def _window(metric: Metric, wanted: int | None) -> int | None:
    windows = metric.relation.windows
    if not windows:
        if wanted is not None:
            raise UserError(f"{metric.name} is a number of one month and has no window", do="leave --window out")
        return None
    if wanted is None:
        return windows[-1]
    if wanted not in windows:
        known = ", ".join(str(window) for window in windows)
        raise UserError(f"{metric.name} has no window of {wanted} months", do=f"--window can be {known}")
    return wanted


def _asked_month(metric: Metric, question: Question) -> dt.date | None:
    """The month asked for, a quarter's being its last. Raises UserError for two answers to one question."""
    ways = {
        "--month": question.month is not None,
        "--quarter": question.quarter is not None,
        "--as-of-run": question.is_as_of_run,
    }
    named = [way for way, is_used in ways.items() if is_used]
    if len(named) > 1:
        raise UserError(f"{' and '.join(named)} exclude each other", do="leave one of them out")
    if question.is_as_of_run and not metric.can_be_as_of_run:
        raise UserError(f"{metric.name} is a number of complete months", do="ask with --month 2026-09, or without")
    if question.quarter is not None:
        return parsed_quarter(question.quarter)
    return parsed_month(question.month) if question.month is not None else None


def _month(release: Release, metric: Metric, window: int | None, wanted: dt.date | None, is_as_of_run: bool) -> dt.date:
    if is_as_of_run:
        return read(release, "select last_month from staging.stg_run")[0]["last_month"]
    asked = read(release, metric.relation.months, window=window, metric=metric.name)
    known = sorted(row["month"] for row in asked)
    if not known:
        raise UserError(
            f"the release has no month with {metric.name}{_over(window)}", do=_other_windows(release, metric)
        )
    if wanted is None:
        return known[-1]
    if wanted not in known:
        raise UserError(
            f"there is no {metric.name}{_over(window)} for {wanted:%Y-%m}",
            do=f"ask for a month from {known[0]:%Y-%m} to {known[-1]:%Y-%m}{_nearest(known, wanted)}",
        )
    return wanted


def _nearest(known: list[dt.date], wanted: dt.date) -> str:
    """Numbers of quarters are there for their last month only: which ones lie about the one asked for."""
    if not known[0] < wanted < known[-1]:
        return ""
    before, after = max(m for m in known if m < wanted), min(m for m in known if m > wanted)
    return f"; the nearest are {before:%Y-%m} and {after:%Y-%m}"


def _over(window: int | None) -> str:
    return "" if window is None else f" over {window} month" + ("" if window == 1 else "s")


def _other_windows(release: Release, metric: Metric) -> str:
    others = [
        str(k) for k in metric.relation.windows if read(release, metric.relation.months, window=k, metric=metric.name)
    ]
    return f"--window can be {', '.join(others)}" if others else "land more exports and run `tenure refresh`"


def parsed_month(text: str) -> dt.date:
    """The first of the month `2026-09`. Raises UserError for anything that is no month."""
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text) and text[:4] != "0000":
        return dt.date(int(text[:4]), int(text[5:]), 1)
    raise UserError(f"'{text}' is no month", do="write it as 2026-09")


def parsed_quarter(text: str) -> dt.date:
    """The first of the last month of `2026-Q3`. Raises UserError for anything that is no quarter."""
    if re.fullmatch(r"\d{4}-[Qq][1-4]", text) and text[:4] != "0000":
        return dt.date(int(text[:4]), 3 * int(text[-1]), 1)
    raise UserError(f"'{text}' is no quarter", do="write it as 2026-Q3 (calendar quarters)")


def _segment_name(metric: Metric, question: Question) -> str:
    """The segment; a number that only account managers have needs no --segment am beside the --value."""
    if question.segment == "company" and question.value not in (None, "all") and metric.only_segment:
        return metric.only_segment
    if question.segment in SEGMENTS and question.segment not in {"company", *metric.relation.segments}:
        raise UserError(
            f"{metric.name} is not told by {question.segment}",
            do=f"--segment can be {', '.join(metric.relation.segments)}",
        )
    return question.segment


def _segment(release: Release, segment: str, value: str | None) -> tuple[str, str]:
    if segment not in SEGMENTS:
        raise UserError(f"there is no segment '{segment}'", do=f"--segment can be {', '.join(SEGMENTS)}")
    value = "all" if segment == "company" and value is None else value
    known = {row["value"]: row["label"] for row in read(release, SEGMENT_VALUES[segment])}
    if value is not None and value in known:
        return value, known[value]
    what = f"there is no {segment} '{value}'" if value is not None else f"--segment {segment} needs a --value"
    raise UserError(what, do=f"--value can be {_listed(known)}")


def _listed(known: dict[str, str]) -> str:
    named = [value if value == label else f"{value} ({label})" for value, label in sorted(known.items())]
    return ", ".join(named[:NAMED]) + (f" and {len(named) - NAMED} more" if len(named) > NAMED else "")


def _client(release: Release, wanted: str | None) -> tuple[str | None, str | None]:
    if wanted is None:
        return None, None
    found = read(
        release, "select client_id, client_name from intermediate.int_clients where client_id = $id", id=wanted
    )
    if found:
        return found[0]["client_id"], found[0]["client_name"]
    parents = read(
        release, "select client_id from intermediate.int_clients__by_account where account_id = $id", id=wanted
    )
    if parents:
        raise UserError(
            f"'{wanted}' is an account of client '{parents[0]['client_id']}', not a client of its own",
            do=f"--client {parents[0]['client_id']}",
        )
    raise UserError(f"there is no client '{wanted}'", do=_clients_like(release, wanted))


def _clients_like(release: Release, wanted: str) -> str:
    clients = read(release, "select client_id, client_name from intermediate.int_clients order by client_id")
    named = [row for row in clients if wanted.casefold() in (row["client_name"] or "").casefold()]
    close = difflib.get_close_matches(wanted, [row["client_id"] for row in clients], n=3)
    likely = [*named, *(row for row in clients if row["client_id"] in close)] or clients
    return f"clients: {_pairs(likely[:NAMED])}" + (f" and {len(likely) - NAMED} more" if len(likely) > NAMED else "")


def _pairs(rows: Iterable[dict[str, Any]]) -> str:
    return ", ".join(f"{row['client_id']} ({row['client_name']})" for row in rows)
