"""Opportunity, OpportunityHistory and Contract: what was sold, is being sold, and for how long it is agreed."""

from __future__ import annotations

import polars as pl

from pipelines.landing.connector import Extract
from pipelines.landing.connectors.salesforce.records import Kind, ObjectFile, column
from pipelines.landing.kit import opportunity_types

_OPPORTUNITIES = (
    column("opportunity_id", Kind.ID, "Id"),
    column("account_id", Kind.ID, "AccountId"),
    column("type", Kind.TEXT, "Type"),
    column("stage", Kind.TEXT, "StageName"),
    column("is_closed", Kind.FLAG, "IsClosed"),
    column("is_won", Kind.FLAG, "IsWon"),
    column("is_qualified", Kind.FLAG),
    column("amount", Kind.MONEY, "Amount"),
    column("currency", Kind.CURRENCY, "CurrencyIsoCode"),
    column("created_at", Kind.TIME, "CreatedDate"),
    column("closed_on", Kind.DAY, "CloseDate"),
    column("loss_reason", Kind.TEXT, "Loss_Reason__c"),
    column("owner_id", Kind.ID, "OwnerId"),
)

_OPPORTUNITY_HISTORY = (
    column("history_id", Kind.ID, "Id"),
    column("opportunity_id", Kind.ID, "OpportunityId"),
    column("changed_at", Kind.TIME, "CreatedDate"),
    column("stage", Kind.TEXT, "StageName"),
    column("amount", Kind.MONEY, "Amount"),
    column("currency", Kind.CURRENCY, "CurrencyIsoCode"),
    column("close_on", Kind.DAY, "CloseDate"),
    column("probability", Kind.NUMBER, "Probability"),
)

_CONTRACTS = (
    column("contract_id", Kind.ID, "Id"),
    column("account_id", Kind.ID, "AccountId"),
    column("starts_on", Kind.DAY, "StartDate"),
    column("ends_on", Kind.DAY, "EndDate"),
    column("value", Kind.MONEY, "Contract_Value__c"),
    column("currency", Kind.CURRENCY, "CurrencyIsoCode"),
    column("has_fx_clause", Kind.FLAG, "FX_Clause__c"),
    column("terminated_on", Kind.DAY, "Terminated_On__c"),
    column("termination_reason", Kind.TEXT, "Termination_Reason__c"),
)


def opportunities(file: ObjectFile) -> list[Extract]:
    columns = file.build(_OPPORTUNITIES)
    columns["currency"] = columns["currency"].fill_null(file.default_currency)
    columns["closed_on"] = columns["closed_on"].set((columns["is_closed"] == "false").fill_null(False), None)
    columns["is_qualified"] = columns["is_qualified"].fill_null(_is_qualified(file))
    written = columns["type"]
    mapped = file.mapped("opportunities", "type", written)
    columns["type"] = opportunity_types.canonical(mapped)
    file.findings += opportunity_types.unmapped(
        "salesforce", written, mapped, columns["currency"], columns["amount"], ~file.is_deleted()
    )
    return [file.extract("opportunities", columns)]


def opportunity_history(file: ObjectFile) -> list[Extract]:
    """Kept for later use: no metric reads it yet."""
    columns = file.build(_OPPORTUNITY_HISTORY)
    columns["currency"] = columns["currency"].fill_null(file.default_currency)
    return [file.extract("opportunity_history", columns)]


def contracts(file: ObjectFile) -> list[Extract]:
    columns = file.build(_CONTRACTS)
    columns["currency"] = columns["currency"].fill_null(file.default_currency)
    columns["ends_on"] = columns["ends_on"].fill_null(_ends_by_term(columns["starts_on"], file.text("ContractTerm")))
    is_draft = (file.text("Status").str.to_lowercase() == "draft").fill_null(False)
    return [file.extract("contracts", columns, [("draft contract", is_draft)])]


def _is_qualified(file: ObjectFile) -> pl.Series:
    probability = file.read("Probability", Kind.NUMBER).cast(pl.Float64, strict=False)
    is_qualified = probability >= file.settings.qualified_from_probability
    return is_qualified.cast(pl.String)


def _ends_by_term(starts_on: pl.Series, term: pl.Series) -> pl.Series:
    """The last day of a term of whole months."""
    frame = pl.DataFrame(
        {
            "start": starts_on.str.to_date("%Y-%m-%d", strict=False),
            "months": term.cast(pl.Float64, strict=False).cast(pl.Int64, strict=False),
        }
    )
    shift = pl.format("{}mo", pl.col("months"))
    end = pl.when(pl.col("months") > 0).then(pl.col("start").dt.offset_by(shift).dt.offset_by("-1d"))
    return frame.select(end.cast(pl.String)).to_series()
