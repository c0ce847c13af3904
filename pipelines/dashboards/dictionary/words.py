"""What a column's name and the rules of rights say, in words."""

from __future__ import annotations

import re

from pipelines.dashboards import wording
from pipelines.dashboards.pages.context import Units
from pipelines.serving.rules import ABOUT_CLIENTS, RowRule, Rules, TableRule

GROUPS = {
    "marts": ("Marts", "the public interface: columns may be added, never renamed or dropped without a new version"),
    "ops": ("Operations", "how the numbers came to be: files, checks, findings, publications, restatements"),
    "policy": ("Policy", "targets, bands, weights, limits and mappings, as they hold in this release"),
}
MONEY = re.compile(r"decimal\(18, ?2\)")
SUFFIXES = (
    ("_rate", "fraction of 1"),
    ("_pp", "percentage points"),
    ("_on", "day"),
    ("_at", "moment in UTC"),
    ("_hours", "hours"),
    ("_minutes", "minutes"),
    ("_days", "days"),
    ("_months", "months"),
    ("_points", "points"),
    ("_score", "points"),
    ("_month", "month, as its first day"),
    ("_start", "first day of the period"),
)
# A ratio is a fraction however its money was converted.
RATIOS = ("nrr", "grr", "handover_fair_nrr")
OTHERS = "Directors and account managers"
SEEN = {
    RowRule.CLIENT: f"{OTHERS} see the rows of their own clients.",
    RowRule.ACCOUNT: f"{OTHERS} see the rows of their own clients.",
    RowRule.AM: "Directors see the rows of their team, account managers their own.",
    RowRule.SEGMENT: f"{OTHERS} see the segments am and client of their own.",
    RowRule.SEGMENT_OF_CLIENT: f"{OTHERS} see the segments am and client of their own, and of a client only their own.",
    RowRule.OPEN: "Everybody sees every row.",
    RowRule.ALL_SEERS: "Leadership and revenue operations only.",
}
PERSONAL = {
    "name": "names of users, who are employees",
    "email": "e-mail addresses: of users as they are, of others as hashes",
    "title": "job titles of contacts",
    "free_text": "free text, as somebody wrote it",
    "pseudonym": "ids that each stand for one person",
}


def unit(column: str, sql_type: str, units: Units) -> str:
    """What a value is measured in; empty where its type says all."""
    if column.startswith(("is_", "has_")):
        return "yes or no"
    if column.startswith(RATIOS) and not MONEY.fullmatch(sql_type):
        return "fraction of 1"
    if MONEY.fullmatch(sql_type):
        if column.endswith("_local"):
            return "the row's currency"
        if column.endswith("_reported"):
            return f"{units.currency}, each month at its own rates"
        if column.endswith("_cc"):
            return f"{units.currency}, rates of {wording.date(units.fx_baseline_on)}"
    if column == "month":
        return "month, as its first day"
    return next((words for suffix, words in SUFFIXES if column.endswith(suffix)), "")


def seen_by(rule: TableRule, rules: Rules) -> str:
    """Who sees which rows of a table."""
    if rule.rows is RowRule.LARGE_COMPANY:
        return f"{OTHERS} see the company's rows, of months with at least {rules.clients_of_an_aggregate} clients."
    return SEEN[rule.rows] + (" Account managers do not see it." if rule.needs else "")


def hidden_from(column: str, rule: TableRule, rules: Rules) -> str:
    """What limited readers find in place of a column; empty where they find what everybody does."""
    if rule.rows is RowRule.ALL_SEERS:
        return ""
    if column in rule.hidden:
        return f"{OTHERS} find it empty."
    kind = rules.columns.get(column) if rule.rows in ABOUT_CLIENTS else None
    return {
        None: "",
        "am": f"{OTHERS} find another account manager's as empty.",
        "margins": f"{OTHERS} find it empty.",
    }[kind]


SYSTEMS = {
    "salesforce": "Salesforce",
    "hubspot": "HubSpot",
    "stripe": "Stripe",
    "quickbooks": "QuickBooks Online",
    "xero": "Xero",
    "netsuite": "NetSuite",
    "zendesk": "Zendesk",
    "jira": "Jira",
    "surveymonkey": "SurveyMonkey",
    "delighted": "Delighted",
    "bullhorn": "Bullhorn",
    "ecb": "European Central Bank",
    "template": "Template files",
}
"""Connectors as their makers call them; a mapping file's source has the company's own name."""

LAKE_TABLES = {
    "lake.run_settings": "settings of the run (tenure.toml)",
    "lake.fx_rates_bundled": "the ECB's history that comes with Tenure",
    "lake.national_holidays": "national holidays, from a package",
    "lake.quarantine_landed": "landing's own record: rows set aside",
    "lake.load_ledger": "landing's own record: files and their rows",
    "lake.landing_findings": "landing's own record: findings",
}
"""Tables of the lake that no export fills."""

TECHNICAL = {
    "_source": "System that the row came from.",
    "_load_seq": "Number of the load; later loads are newer.",
    "_newness_at": "Which of two exports of a row is the newer one.",
    "_file_name": "File, relative to the inbox.",
    "_line_number": "Line of the file where the row starts.",
    "_is_active": "Whether the row takes part: deleted, draft and open ones are landed and marked.",
    "_note": "Why a row takes no part.",
    "_is_document": "Whether a newer export replaces the document's rows as a whole.",
    "_is_gone": "Whether a newer full export left the row out.",
    "_account_key": "The customer's key in its own system; its account is found by it.",
    "_account_name": "The customer's name in its own system; its account is found by it.",
    "_account_name_key": "That name without case, spacing and legal suffix.",
    "_account_hint": "The CRM's account id, where the record itself carries it.",
    "_account_email": "A person's address, by which the account is found; a hash in a build.",
    "_name_key": "The name without case, spacing and legal suffix.",
    "_product_2": "Second word by which the product is looked up.",
    "_product_3": "Third word by which the product is looked up.",
    "_product_4": "Fourth word by which the product is looked up.",
    "_product_ref": "The product's id in the billing system.",
    "_previous_owner_id": "Owner before the change.",
}
"""Columns of the lake that landing adds."""
