"""Account managers: a league of scorecards for those who lead them, and each one in depth (`?am=<id>`).

Figures by AM decide what people are paid, so everything on the page says how much of it could be measured, and whether
the month is closed.
"""

from __future__ import annotations

from pipelines.dashboards import wording
from pipelines.dashboards.pages.choices import month_choice
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.managers_card import card_page
from pipelines.dashboards.pages.managers_league import league_page
from pipelines.dashboards.pages.managers_rows import read_managers
from pipelines.dashboards.pages.managers_scope import Scope, manager_choices, scope_of, segment_notice
from pipelines.dashboards.pages.view import Page

TITLE = "Account managers"
EMPTY = (
    "No scorecard has been measured yet. Scorecards need account managers in the CRM export and clients with revenue, "
    "surveys or escalations; put the exports into the inbox and run tenure refresh."
)


def build(context: Context) -> Page:
    """The page for one reader: the league, or one account manager where one is asked for or is all there is."""
    scope = scope_of(context)
    if context.month is None:
        return Page(TITLE, "There is no scorecard to show yet.", "", empty=EMPTY)
    choices = (month_choice(context), *manager_choices(scope))
    rows = read_managers(context, context.month)
    card = next((card for card in rows.cards if card["am_id"] == scope.am_id), None)
    if scope.am_id and card is None:
        return _without_card(context, scope, choices)
    page = card_page(context, rows, card, choices) if card else league_page(context, rows, scope, choices)
    return page


def _without_card(context: Context, scope: Scope, choices: tuple) -> Page:
    """Nobody to show: an AM without clients in the month, or none whom this reader sees."""
    assert context.month is not None
    month = wording.month(context.month)
    if scope.am_id in scope.names:
        why = f"{scope.name} had no client with revenue and nothing to measure in {month}. Choose another month."
        return Page(TITLE, f"There is no scorecard of {scope.name} for {month}.", "", empty=why, choices=choices)
    why = "The address names no account manager that you can see. Choose one above, or leave the filter out."
    return Page(
        TITLE, "There is no such account manager.", "", empty=why, choices=choices, notice=segment_notice(context)
    )
