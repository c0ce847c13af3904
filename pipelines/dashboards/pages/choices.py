"""The filters pages share: month, basis, and the segment the figures are about."""

from __future__ import annotations

from pipelines.dashboards import wording
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.question import BASES, SEGMENTS
from pipelines.dashboards.pages.view import Choice

MONTHS_OFFERED = 36
SEGMENT_VALUES = "select distinct segment, segment_value from marts.rpt_retention where window_months = 12 order by all"
MANAGERS = "select am_id, am_name from marts.dim_account_managers order by am_name, am_id"
TIERS = ("strategic", "growth", "standard", "tail")


def month_choice(context: Context) -> Choice:
    """The complete months, newest first; the newest is the default."""
    months = context.months[:-1][-MONTHS_OFFERED:][::-1]
    newest = wording.month(context.months[-1]) if context.months else "none yet"
    options = [("", newest), *((f"{month:%Y-%m}", wording.month(month)) for month in months)]
    is_newest = not context.months or context.month == context.months[-1]
    return Choice("month", "Month", tuple(options), "" if is_newest else f"{context.month:%Y-%m}")


def basis_choice(context: Context) -> Choice:
    """Constant currency or reported."""
    options = tuple(("" if key == "cc" else key, wording.sentence_case(words)) for key, words in BASES.items())
    return Choice("basis", "Basis", options, "" if context.question.basis == "cc" else context.question.basis)


def segment_choices(context: Context) -> tuple[Choice, ...]:
    """One filter a segment (account manager, tier, ...) that the release has more than one value of.

    Figures of one segment stand in the marts; of a combination they do not, so choosing one leaves the others.
    """
    values: dict[str, list[str]] = {}
    for segment, value in context.release.rows(SEGMENT_VALUES).rows():
        if value is not None:
            values.setdefault(segment, []).append(value)
    names = dict(context.release.rows(MANAGERS).rows())
    found = []
    for segment, label in SEGMENTS.items():
        known = values.get(segment, [])
        if segment == "am":
            known = sorted(known, key=lambda am: (names.get(am) or am).casefold())
        if segment == "tier":
            known = sorted(known, key=lambda tier: TIERS.index(tier) if tier in TIERS else len(TIERS))
        if len(known) < 2:
            continue
        options = tuple((value, names.get(value, value) if segment == "am" else value) for value in known)
        everyone = (("", "All"),) if context.principal.sees_all_clients or segment != "am" else ()
        chosen = context.segment[1] if context.segment[0] == segment else ""
        found.append(Choice(segment, wording.sentence_case(label), everyone + options, chosen))
    return tuple(found)


def segment_words(context: Context) -> str:
    """Whom the figures are about, for subtitles: `Company`, `Account manager Ann Lee`, `Tier strategic`."""
    segment, value = context.segment
    if segment == "company":
        return "Company"
    if segment == "am":
        names = dict(context.release.rows(MANAGERS).rows())
        return f"Account manager {names.get(value) or value}"
    return f"{wording.sentence_case(SEGMENTS[segment])} {value}"
