"""An explanation for a reader who does not see all: of their own portfolio, and down to the lines of their own clients.

An explanation reads the whole release, because a number must add up from all that made it. What is not the reader's is
then taken out, by a list of what may stay: a new section is hidden until somebody decides that it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.explain.answer import Explanation, Group, Row, Section, Value
from pipelines.explain.engine import explain
from pipelines.explain.question import Question

if TYPE_CHECKING:
    from pipelines.serving.principal import Principal
    from pipelines.serving.release import Release

OF_PORTFOLIO = ("parts", "months", "metrics", "kpis")  # sums of the account manager's own portfolio; no client in them
OTHERS = "Clients that are not yours today"
OWN = "select client_id from marts.dim_clients where am_id = ?"


def explain_for(release: Release, principal: Principal, question: Question) -> Explanation:
    """The answer as the principal may see it; `release` is open for one who sees all.

    Raises UserError where the question is about somebody else's clients or figures, in words that name nobody.
    """
    if principal.am_ids is None:
        return explain(release, question)
    own = {client for am in principal.am_ids for client in release.rows(OWN, [am])["client_id"]}
    if question.client is not None and question.client not in own:
        raise _refusal("there is no such client, or it is not yours to see")
    if question.segment != "am" or question.value not in principal.am_ids:
        raise _refusal("these figures are not yours to see")
    try:
        answer = explain(release, question)
    except UserError as error:
        raise _refusal(error.what if "'" not in error.what else "this cannot be explained as asked") from None
    return replace(answer, sections=_kept(answer, own), notes=[])


def _kept(answer: Explanation, own: set[str]) -> list[Section]:
    found = []
    for section in answer.sections:
        if section.name in OF_PORTFOLIO or (answer.client_id is not None and section.name != "clients"):
            found.append(section)
        elif section.name == "clients" and any(column.key == "client_id" for column in section.columns):
            groups = [
                _without_others(group, lambda row: row.values.get("client_id") in own) for group in section.groups
            ]
            found.append(replace(section, groups=groups))
    return found


def _without_others(group: Group, is_own: Callable[[Row], bool]) -> Group:
    """The group with all rows of others' clients as one, so that it still adds up."""
    kept = [row for row in group.rows if row.kind != "row" or is_own(row)]
    foreign = [row for row in group.rows if row.kind == "row" and not is_own(row)]
    if not foreign:
        return group
    numbers = [key for key in foreign[0].values if all(_is_number(row.values.get(key)) for row in foreign)]
    sums: dict[str, Value] = {key: sum(Decimal(str(row.values[key])) for row in foreign) for key in numbers}
    rest = Row({"client_name": OTHERS, **sums}, "rest")
    at = next((place for place, row in enumerate(kept) if row.kind in ("rest", "total")), len(kept))
    return replace(group, rows=[*kept[:at], rest, *kept[at:]])


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _refusal(what: str) -> UserError:
    return UserError(what, done="nothing was shown", do="ask about your own clients and your own portfolio")
