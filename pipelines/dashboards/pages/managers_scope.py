"""Whom a page about people's work is for: one account manager (AM), the AMs of a director, or the whole company.

Service figures and scorecards stand in the marts by AM and company only, so other segments are told, not applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.dashboards.pages.choices import MANAGERS
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.question import SEGMENTS
from pipelines.dashboards.pages.view import Choice


@dataclass(frozen=True)
class Scope:
    """`am_id` is empty where the figures are about more than one AM; `names` are those of all AMs the reader sees.

    `is_company` says that the company's own rows may be read; a team's are sums of its AMs' rows.
    """

    am_id: str
    names: Mapping[str, str]
    is_company: bool

    @property
    def words(self) -> str:
        """Whom the figures are about, for subtitles."""
        if self.am_id:
            return f"Account manager {self.name}"
        return "Company" if self.is_company else "Team"

    @property
    def name(self) -> str:
        return self.names.get(self.am_id) or self.am_id

    @property
    def kpi_rows(self) -> tuple[str, list[str]]:
        """A condition on the `am_id` of rpt_kpis, with its parameters."""
        if self.am_id or self.is_company:
            return "am_id = ?", [self.am_id or "company"]
        return "am_id in (select am_id from marts.dim_account_managers)", []

    @property
    def own_rows(self) -> tuple[str, list[str]]:
        """A condition on the `am_id` of facts and of tables that have no company row."""
        if self.am_id:
            return "am_id = ?", [self.am_id]
        return ("true", []) if self.is_company else ("am_id in (select am_id from marts.dim_account_managers)", [])


def scope_of(context: Context) -> Scope:
    """The AM in the address; a reader with one AM has no other; else all that the reader sees."""
    own = context.principal.am_ids
    am_id = context.question.value if context.question.segment == "am" else ""
    if not am_id and own is not None and len(own) == 1:
        (am_id,) = own
    names = {key: name or key for key, name in context.release.rows(MANAGERS).rows()}
    return Scope(am_id, names, context.principal.sees_all_clients)


def manager_choices(scope: Scope) -> tuple[Choice, ...]:
    """The filter by AM; none for a reader who sees one."""
    if len(scope.names) < 2:
        return ()
    everyone = ("", "All" if scope.is_company else "Whole team")
    return (Choice("am", "Account manager", (everyone, *scope.names.items()), scope.am_id),)


def segment_notice(context: Context) -> str:
    """What of the question these pages cannot answer; empty where nothing."""
    segment = context.question.segment
    if segment in ("company", "am"):
        return ""
    return f"These figures are kept by account manager, not by {SEGMENTS[segment]}: all of them are shown."
