"""What every page is built from: a release as one principal sees it, the question, and the units of its amounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pipelines.dashboards import wording
from pipelines.dashboards.pages.question import COMPANY, Question
from pipelines.serving.principal import Principal

if TYPE_CHECKING:
    from pipelines.explain.answer import Explanation
    from pipelines.explain.question import Question as Asked
    from pipelines.serving.release import Release

PARAMETERS = """
    select parameter, max_by(value, valid_from)::double as value
    from policy.parameters
    where valid_from <= ?
    group by parameter
"""
MONTHS = "select distinct month from marts.rpt_arr_waterfall order by month"


@dataclass(frozen=True)
class Units:
    """How amounts are expressed: the reporting currency, and the day whose rates make constant currency."""

    currency: str
    fx_baseline_on: dt.date

    @property
    def constant(self) -> str:
        return f"constant currency (rates of {wording.date(self.fx_baseline_on)})"

    def words(self, basis: str) -> str:
        """A basis (`cc` or `reported`) as subtitles name it."""
        return self.constant if basis == "cc" else "reported (each month at its own month-end rates)"


@dataclass(frozen=True)
class Context:
    """One request for a page. `release` shows only what `principal` may see, so every page asks the same SQL.

    `explain` takes a number apart as far as the principal may see it; None where a page stands alone (the static site).
    """

    release: Release
    question: Question
    units: Units
    principal: Principal
    as_of_on: dt.date
    explain: Callable[[Asked], Explanation] | None = None
    item: str = ""  # the id in the address of a page about one thing: /clients/<id>

    @cached_property
    def months(self) -> list[dt.date]:
        """All complete months of the release, oldest first."""
        return self.release.rows(MONTHS)["month"].to_list()

    @property
    def month(self) -> dt.date | None:
        """The month asked for where the release has it, else the newest; None where there is no revenue yet."""
        if self.question.month in self.months:
            return self.question.month
        return self.months[-1] if self.months else None

    @cached_property
    def _parameters(self) -> dict[str, float]:
        last_day = wording.add_months(self.month, 1) - dt.timedelta(days=1) if self.month else self.as_of_on
        return dict(self.release.rows(PARAMETERS, [last_day]).rows())

    def parameter(self, name: str) -> int:
        """A whole number of the policy (`policy.parameters`) as it holds on the month's last day.

        Raises KeyError for a name that is none.
        """
        return int(self._parameters[name])

    @cached_property
    def segment(self) -> tuple[str, str]:
        """Whom figures are about: (segment, value) as in rpt_retention.

        Someone who does not see all clients has no company figures: without a segment in the address it is their own.
        """
        asked = (self.question.segment, self.question.value)
        if asked != COMPANY or self.principal.sees_all_clients:
            return asked
        return ("am", min(self.principal.am_ids or {""}))

    def link(self, path: str, **changes: str | None) -> str:
        """The address of a page that keeps the question; `changes` as in `Question.query`."""
        return path + self.question.query(**changes)
