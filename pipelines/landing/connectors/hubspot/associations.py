"""Which company a deal, ticket or contact belongs to: never a guess among several."""

from __future__ import annotations

import polars as pl

from pipelines.landing.connectors.hubspot.records import ObjectFile

_PROPERTIES = ("primary_company_ids", "company_ids", "primary_company", "company")


def company(file: ObjectFile, entity: str, noun: str) -> tuple[dict[str, pl.Series], pl.Series]:
    """The columns that name the company, and why a row has none (null where it has one).

    The primary company's id goes first, then the ids, then the names, which the crosswalk looks up. Of several without
    a primary one, none is taken. `entity` is the one whose `account_id` the settings may name, `noun` what a row is.
    """
    rows = pl.DataFrame({name: _distinct(file.text(name)) for name in _PROPERTIES})
    own = file.settings.label(entity, "account_id")
    if own is not None:
        rows = rows.with_columns(_distinct(file.text(own)).alias("primary_company_ids"))
    ids = pl.coalesce("primary_company_ids", "company_ids")
    names = pl.when(ids.is_null()).then(pl.coalesce("primary_company", "company"))
    chosen = pl.coalesce(ids, names)
    count = chosen.list.len()
    several = pl.format(
        "{} companies ({}) and none of them primary: set the primary company of this {} in HubSpot, and export it",
        count,
        chosen.list.join("; "),
        pl.lit(noun),
    )
    reason = (
        pl.when(chosen.is_null())
        .then(pl.lit(f"no company: associate this {noun} with one in HubSpot, and export Associated Company IDs"))
        .when(count > 1)
        .then(several)
    )
    found = rows.select(
        account_id=pl.when(ids.list.len() == 1).then(ids.list.first()),
        _account_key=pl.when(names.list.len() == 1).then(names.list.first()),
        _account_name=pl.when(names.list.len() == 1).then(names.list.first()),
        reason=reason,
    )
    return {name: found[name] for name in ("account_id", "_account_key", "_account_name")}, found["reason"]


def _distinct(cells: pl.Series) -> pl.Series:
    """The distinct ones of values joined by `;`, null for none."""
    parts = cells.str.split(";").list.eval(pl.element().str.strip_chars())
    kept = parts.list.eval(pl.element().filter(pl.element() != "")).list.unique(maintain_order=True)
    return kept.to_frame("parts").select(pl.when(pl.col("parts").list.len() > 0).then("parts")).to_series()
