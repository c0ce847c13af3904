"""Deals: what was sold or is being sold, and, where they carry the dates, for how long it is agreed."""

from __future__ import annotations

from functools import reduce

import polars as pl

from pipelines.landing.connector import REJECT, Extract, Finding
from pipelines.landing.connectors.hubspot import associations, crm, values
from pipelines.landing.connectors.hubspot.records import SOURCE, ObjectFile, column
from pipelines.landing.kit import currency_signs, opportunity_types
from pipelines.landing.kit.tickets import is_one_of

_OPPORTUNITIES = (
    column("opportunity_id"),
    column("type", "dealtype"),
    column("stage", "dealstage"),
    column("is_closed", "hs_is_closed"),
    column("is_won", "hs_is_closed_won"),
    column("is_qualified"),
    column("amount", "amount"),
    column("currency", "deal_currency_code"),
    column("created_at", "createdate"),
    column("closed_on", "closedate"),
    column("loss_reason", "closed_lost_reason"),
    column("owner_id", "hubspot_owner_id"),
)
_CONTRACTS = (
    column("contract_id"),
    column("starts_on", "contract_start_date"),
    column("ends_on", "contract_end_date"),
    column("value", "hs_tcv", "amount"),
    column("currency", "deal_currency_code"),
)


def deals(file: ObjectFile) -> list[Extract]:
    """opportunities; contracts of the won ones that carry a contract's start; the owners as users."""
    columns = file.build("opportunities", _OPPORTUNITIES)
    columns["opportunity_id"] = file.ids
    found, reason = associations.company(file, "opportunities", "deal")
    written = _money(file, columns)
    columns |= _outcome(file, columns)
    columns["closed_on"] = columns["closed_on"].set((columns["is_closed"] == "false").fill_null(False), None)
    columns["is_qualified"] = columns["is_qualified"].fill_null(_is_qualified(file))
    reason = reason.fill_null(currency_signs.contradictions(written, columns["currency"]))
    mapped = file.mapped("opportunities", "type", columns["type"])
    file.findings += opportunity_types.unmapped(
        SOURCE, columns["type"], mapped, columns["currency"], columns["amount"], reason.is_null()
    )
    columns["type"] = opportunity_types.canonical(mapped)
    extract = file.extract("opportunities", columns | found, reason)
    contracts = _contracts(file, columns, found, extract.rows[REJECT].is_null())
    return [extract, *contracts, *crm.users(file, columns["owner_id"])]


def _money(file: ObjectFile, columns: dict[str, pl.Series]) -> pl.Series:
    """Fills in amount and currency; returns the amount as written. Without the deal's own amount, the company's."""
    own = file.settings.label("opportunities", "amount") or "amount"
    if file.has(own) or not file.has("amount_in_home_currency"):
        columns["currency"] = columns["currency"].fill_null(file.default_currency)
        return file.text(own)
    written = file.text("amount_in_home_currency")
    columns["amount"] = file.number(written)
    columns["currency"] = file.constant(file.default_currency)
    return written


def _outcome(file: ObjectFile, columns: dict[str, pl.Series]) -> dict[str, pl.Series]:
    """is_closed and is_won: by HubSpot's own flags, else by the stage's word; a stage nobody knows is open."""
    by_stage = _by_stage(file, columns["stage"])
    is_won, is_closed, is_lost = columns["is_won"], columns["is_closed"], values.flags(file.text("hs_is_closed_lost"))
    won = is_won.fill_null((by_stage == "won").cast(pl.String)).fill_null("false")
    has_ended = (won == "true") | (is_lost == "true").fill_null(False)
    by_word = by_stage.is_in(["won", "lost"]).fill_null(False)
    closed = is_closed.set(won == "true", "true").fill_null((has_ended | by_word).cast(pl.String))
    # Neither won nor lost by both flags is open; by one of them alone it may be either.
    is_told = is_closed.is_not_null() | (is_won.is_not_null() & is_lost.is_not_null()) | has_ended
    _report_unknown_stages(file, columns["stage"], by_stage.is_null() & ~is_told)
    return {"is_won": won, "is_closed": closed}


def _by_stage(file: ObjectFile, stage: pl.Series) -> pl.Series:
    """won, lost or open, null where the word is unknown. A stage is unique only within its pipeline, so settings and
    map_values may say `<pipeline>: <stage>`; exports of several pipelines may say `<stage> (<pipeline>)`."""
    pipeline = file.text("pipeline")
    rows = pl.DataFrame({"stage": stage, "pipeline": pipeline})
    bare = rows.select(
        pl.when(pl.col("stage").str.ends_with(pl.format(" ({})", "pipeline")))
        .then(pl.col("stage").str.strip_suffix(pl.format(" ({})", "pipeline")))
        .otherwise("stage")
    ).to_series()
    full = pl.DataFrame({"stage": bare, "pipeline": pipeline}).select(pl.format("{}: {}", "pipeline", "stage"))
    candidates = [full.to_series(), stage, bare]
    settings = file.settings
    named = [
        pl.Series([word], dtype=pl.String).new_from_index(0, len(stage)).set(~is_one_of(cells, stages), None)
        for cells in candidates
        for word, stages in (
            ("won", settings.won_stages),
            ("lost", settings.lost_stages),
            ("open", settings.open_stages),
        )
    ]
    mapped = file.mapped("opportunities", "outcome", *candidates).str.to_lowercase()
    known = mapped.set(~mapped.is_in(["won", "lost", "open"]).fill_null(False), None)
    return reduce(pl.Series.fill_null, [*named, known])


def _report_unknown_stages(file: ObjectFile, stage: pl.Series, is_doubtful: pl.Series) -> None:
    for value, count in stage.filter(is_doubtful).value_counts().sort("stage").iter_rows():
        name = f"'{value}'" if value else "(empty)"
        message = (
            f"Nothing tells whether deal stage {name} is won, lost or open: {count} deals are taken as open. Export "
            "'Is Closed Won' and 'Is Deal Closed?', or write the stage into won_stages, lost_stages or open_stages "
            "under [sources.hubspot] in tenure.toml."
        )
        file.findings.append(Finding("unknown_deal_stage", message, "opportunities", "stage", value or "", count))


def _is_qualified(file: ObjectFile) -> pl.Series:
    """HubSpot's probability is a part of one; as a percentage where it is shown so."""
    written = file.text("hs_deal_stage_probability")
    is_percent = written.str.ends_with("%").fill_null(False)
    number = written.str.strip_suffix("%").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    percent = number.zip_with(is_percent | (number > 1).fill_null(False), number * 100)
    return (percent >= file.settings.qualified_from_probability).cast(pl.String)


def _contracts(
    file: ObjectFile, deal: dict[str, pl.Series], account: dict[str, pl.Series], is_good: pl.Series
) -> list[Extract]:
    """A won deal with a contract's start is a contract too."""
    columns = file.build("contracts", _CONTRACTS)
    is_contract = is_good & (deal["is_won"] == "true").fill_null(False) & columns["starts_on"].is_not_null()
    if not is_contract.any():
        return []
    columns["contract_id"] = file.ids
    columns["currency"] = columns["currency"].fill_null(deal["currency"])
    return [file.extract("contracts", columns | account, only=is_contract, is_derived=True)]
