"""The same tables in pandas, as people write them: frames, merges, floats, every line repeated for each of its months.

`tables(inputs)` gives fct_arr, fct_arr_movements and company_retention as frames, money as floats rounded to cents.
Months are numbers (year x 12 + month - 1) until the end.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset

from benchmarks.scale.inputs import Inputs
from benchmarks.scale.months import counts, first_days, month_of, months_of, period_months

NEWNESS = ["_newness_at", "_load_seq", "_line_number"]
BY_CLIENT = ["client_id", "currency", "month"]


def tables(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """fct_arr, fct_arr_movements, company_retention."""
    inputs = replace(inputs, as_of=pd.Timestamp(inputs.as_of), fx_baseline_on=pd.Timestamp(inputs.fx_baseline_on))
    last_month = month_of(inputs.as_of + pd.Timedelta(days=1)) - 1
    accounts = _present(
        inputs.lake,
        "accounts",
        ["account_id", "merged_into_account_id", "parent_account_id", "owner_id"],
        ["account_id"],
    )
    lines = _lines_that_count(inputs, _clients(accounts))
    revenue = _revenue(lines, last_month)
    arr = _arr(_recurring(lines, last_month), _usage(revenue, last_month))
    rates = _rates(inputs, int(lines["from_month"].min()), last_month)
    arr = arr.merge(rates["cc"], on="currency").merge(rates["monthly"], on=["currency", "month"])
    arr["arr_cc"] = (arr["arr_local"] * arr["cc"]).round(2)
    arr["arr_reported"] = (arr["arr_local"] * arr["closing"]).round(2)
    ends = _ends(arr, rates, last_month)
    tiers = _tiers(inputs, revenue, rates, ends, last_month)
    movements = _movements(ends, tiers, _owners(inputs, accounts))
    retention = _retention(ends, last_month)
    fct_arr = arr.drop(columns=["cc", "closing"])
    return {
        name: frame.assign(month=first_days(frame["month"]))
        for name, frame in (("fct_arr", fct_arr), ("fct_arr_movements", movements), ("company_retention", retention))
    }


def _present(lake: Path, entity: str, columns: Sequence[str], key: Sequence[str]) -> pd.DataFrame:
    """The newest row of each key; decimals as floats."""
    files = pyarrow.dataset.dataset(lake / entity, format="parquet")
    table = files.to_table(columns=[*columns, *NEWNESS], filter=pc.field("_is_active"))
    for at, kind in enumerate(table.schema):
        if pa.types.is_decimal(kind.type):
            table = table.set_column(at, kind.name, table[kind.name].cast(pa.float64()))
    frame = table.to_pandas(date_as_object=False)
    if frame.duplicated(list(key)).any():
        frame = frame.sort_values(NEWNESS).drop_duplicates(list(key), keep="last")
    return frame.drop(columns=NEWNESS)


def _clients(accounts: pd.DataFrame) -> pd.DataFrame:
    """account_id, client_id: the account at the top."""
    up = accounts["merged_into_account_id"].fillna(accounts["parent_account_id"])
    top = pd.Series(
        up.where(up.isin(accounts["account_id"]), accounts["account_id"]).to_numpy(), accounts["account_id"].to_numpy()
    )
    while not (higher := top.map(top)).equals(top):
        top = pd.Series(higher.to_numpy(), top.index)
    return pd.DataFrame({"account_id": top.index, "client_id": top.to_numpy()})


def _lines_that_count(inputs: Inputs, clients: pd.DataFrame) -> pd.DataFrame:
    """Lines with client, currency, type and the period in which they are recognised."""
    invoices = _present(
        *(inputs.lake, "invoices", ["invoice_id", "account_id", "kind", "status", "currency", "issued_on", "reason"]),
        ["invoice_id"],
    )
    goodwill = pd.read_csv(inputs.seeds / "credit_reasons.csv").query("effect == 'goodwill'")["reason"].str.lower()
    invoices["is_goodwill"] = (invoices["kind"] == "credit_note") & invoices["reason"].str.strip().str.lower().isin(
        goodwill
    )
    lines = _present(
        inputs.lake,
        "invoice_lines",
        [
            *("line_id", "invoice_id", "product", "amount", "service_start", "service_end", "credits_line_id"),
            *("division", "country", "service_line", "job_family"),
        ],
        ["line_id"],
    )
    wanted = lines["line_id"].isin(lines["credits_line_id"].dropna())
    credited = lines.loc[wanted, ["line_id", "service_start", "service_end"]].rename(
        columns={"line_id": "credits_line_id"}
    )
    has_own = lines["service_start"].notna() & lines["service_end"].notna()
    lines = lines.merge(credited, on="credits_line_id", how="left", suffixes=("", "_credited"))
    for column in ("service_start", "service_end"):
        lines[column] = lines[column].where(has_own, lines.pop(f"{column}_credited"))
    invoices = invoices[~invoices["status"].isin(["draft", "void"]) & (invoices["issued_on"] <= inputs.as_of)]
    lines = lines.merge(invoices.merge(clients, on="account_id"), on="invoice_id")
    types = _types(inputs)
    lines["revenue_type"] = lines["product"].str.strip().str.lower().map(types).fillna("one_off")
    lines.loc[lines["is_goodwill"] | lines["service_start"].isna(), "revenue_type"] = "one_off"
    lines["from_day"] = lines["service_start"].fillna(lines["issued_on"])
    lines["to_day"] = lines["service_end"].fillna(lines["issued_on"])
    lines["from_month"], lines["to_month"] = months_of(lines["from_day"]), months_of(lines["to_day"])
    columns = ["client_id", "currency", "revenue_type", "amount", "from_day", "to_day", "from_month", "to_month"]
    return lines[[*columns, "division", "country", "service_line", "job_family"]]


def _types(inputs: Inputs) -> pd.Series:
    own = _present(inputs.lake, "map_products", ["product", "revenue_type"], ["product"])
    both = pd.concat([pd.read_csv(inputs.seeds / "product_types.csv"), own])
    both["product"] = both["product"].str.strip().str.lower()
    return both.drop_duplicates("product", keep="last").set_index("product")["revenue_type"]


def _revenue(lines: pd.DataFrame, last_month: int) -> pd.DataFrame:
    """Recognised revenue by day, a row a cell and month; a line's last month takes the rest."""
    cell = ["client_id", "currency", "revenue_type", "division", "country", "service_line", "job_family"]
    months = (lines["to_month"] - lines["from_month"] + 1).to_numpy()
    at = np.repeat(np.arange(len(lines)), months)
    month = lines["from_month"].to_numpy()[at] + counts(months)
    begins, ends = first_days(month).to_numpy(), first_days(month + 1).to_numpy() - np.timedelta64(1, "D")
    first, last = lines["from_day"].to_numpy()[at], lines["to_day"].to_numpy()[at]
    days = (np.minimum(ends, last) - np.maximum(begins, first)) / np.timedelta64(1, "D") + 1
    whole = (last - first) / np.timedelta64(1, "D") + 1
    amounts = lines["amount"].to_numpy()
    rounded = _cents(amounts[at] * days / whole)
    is_last = month == lines["to_month"].to_numpy()[at]
    before = np.bincount(at, np.where(is_last, 0, rounded), len(lines))
    rounded[is_last] = _cents(amounts - before)
    rows = lines[cell].iloc[at].assign(month=month, revenue=rounded)
    rows = rows[rows["month"] <= last_month]
    return rows.groupby([*cell, "month"], dropna=False, observed=True)["revenue"].sum().round(2).reset_index()


def _recurring(lines: pd.DataFrame, last_month: int) -> pd.DataFrame:
    """12 x monthly rate of the lines that are active at a month's end, by client, currency and month."""
    recurring = lines[lines["revenue_type"] == "recurring"]
    start, end = recurring["from_day"], recurring["to_day"] + pd.Timedelta(days=1)
    rate = (recurring["amount"] / period_months(start, end)).round(6)
    until = np.minimum(months_of(end), last_month + 1)
    months = np.maximum(until - recurring["from_month"], 0).to_numpy()
    at = np.repeat(np.arange(len(recurring)), months)
    rows = pd.DataFrame(
        {
            "client_id": recurring["client_id"].to_numpy()[at],
            "currency": recurring["currency"].to_numpy()[at],
            "month": recurring["from_month"].to_numpy()[at] + counts(months),
            "recurring": 12 * rate.to_numpy()[at],
        }
    )
    return rows.groupby(BY_CLIENT)["recurring"].sum().reset_index()


def _usage(revenue: pd.DataFrame, last_month: int) -> pd.DataFrame:
    """12/n x the revenue of the last n months, by client, currency and month."""
    billed = revenue[revenue["revenue_type"] == "usage"].groupby(BY_CLIENT)["revenue"].sum().round(2)
    billed = billed[billed != 0].reset_index()
    gap = billed.groupby(["client_id", "currency"])["month"].diff()
    billed["began"] = billed["month"].where(gap.isna() | (gap > 3))
    billed["began"] = billed["began"].ffill()
    windows = pd.concat([billed.assign(month=billed["month"] + n, is_billed=n == 0) for n in range(3)])
    windows = (
        windows.groupby(BY_CLIENT)
        .agg(revenue=("revenue", "sum"), began=("began", "min"), is_billed=("is_billed", "max"))
        .reset_index()
    )
    windows["usage"] = windows["revenue"] * 12 / np.minimum(3, windows["month"] - windows["began"] + 1)
    latest = windows.loc[windows["is_billed"] & (windows["month"] == last_month), ["client_id", "currency"]].assign(
        is_there=True
    )
    previous = windows[windows["is_billed"] & (windows["month"] == last_month - 1)].merge(latest, how="left")
    unbilled = previous[previous["is_there"].isna()].assign(month=last_month, is_provisional=True)
    windows = windows[windows["month"] <= last_month].assign(is_provisional=False)
    both = pd.concat([windows, unbilled]).drop_duplicates(BY_CLIENT, keep="last")
    return both[[*BY_CLIENT, "usage", "is_provisional"]]


def _arr(recurring: pd.DataFrame, usage: pd.DataFrame) -> pd.DataFrame:
    """Both together, rounded, where there is any."""
    arr = recurring.merge(usage, on=BY_CLIENT, how="outer")
    arr["is_provisional"] = arr["is_provisional"].eq(True)
    arr = arr.fillna({"recurring": 0.0, "usage": 0.0})
    arr["arr_local"] = _cents(arr["recurring"] + arr["usage"])
    arr["recurring_arr_local"], arr["usage_arr_local"] = _cents(arr.pop("recurring")), _cents(arr.pop("usage"))
    return arr[arr["arr_local"] > 0]


def _rates(inputs: Inputs, first_month: int, last_month: int) -> dict[str, pd.DataFrame]:
    """`cc`: currency, cc; `monthly`: currency, month, closing."""
    quotes = _present(inputs.lake, "fx_rates", ["date", "currency", "per_eur"], ["date", "currency"])
    quotes = pd.concat(
        [quotes, pd.DataFrame({"date": [pd.Timestamp("1999-01-04")], "currency": ["EUR"], "per_eur": [1.0]})]
    )
    quotes = (
        quotes[quotes["date"] <= inputs.as_of]
        .assign(date=lambda each: each["date"].astype("datetime64[s]"))
        .sort_values("date")
    )
    months = np.arange(first_month, last_month + 1)
    days = pd.DataFrame(
        {"month": [-1, *months], "date": [inputs.fx_baseline_on, *(first_days(months + 1) - pd.Timedelta(days=1))]}
    ).astype({"date": "datetime64[s]"})
    needed = days.merge(quotes[["currency"]].drop_duplicates(), how="cross").sort_values("date")
    found = pd.merge_asof(needed, quotes, on="date", by="currency")
    target = found.loc[found["currency"] == inputs.reporting_currency, ["month", "per_eur"]]
    found = found.merge(target, on="month", suffixes=("", "_target"))
    found["rate"] = (found["per_eur_target"] / found["per_eur"]).round(10)
    found.loc[found["currency"] == inputs.reporting_currency, "rate"] = 1.0
    cc = found.loc[found["month"] == -1, ["currency", "rate"]].rename(columns={"rate": "cc"})
    return {
        "cc": cc,
        "monthly": found.loc[found["month"] >= 0, ["currency", "month", "rate"]].rename(columns={"rate": "closing"}),
    }


def _ends(arr: pd.DataFrame, rates: dict[str, pd.DataFrame], last_month: int) -> pd.DataFrame:
    """What each client and month begins and ends with in the reporting currency, and the change at opening rates."""
    ends = arr[[*BY_CLIENT, "arr_local"]].rename(columns={"arr_local": "end"})
    starts = ends.rename(columns={"end": "start"}).assign(month=ends["month"] + 1)
    both = ends.merge(starts[starts["month"] <= last_month], on=BY_CLIENT, how="outer").fillna(
        {"start": 0.0, "end": 0.0}
    )
    opening = rates["monthly"].rename(columns={"closing": "opening"}).assign(month=rates["monthly"]["month"] + 1)
    both = both.merge(rates["cc"], on="currency").merge(rates["monthly"], on=["currency", "month"])
    both = both.merge(opening, on=["currency", "month"], how="left")
    had, has = both["start"] > 0, both["end"] > 0
    both["start_arr_cc"] = (both["start"] * both["cc"]).round(2)
    both["end_arr_cc"] = (both["end"] * both["cc"]).round(2)
    both["start_arr_reported"] = (both["start"] * both["opening"]).round(2).where(had, 0.0)
    both["end_arr_reported"] = (both["end"] * both["closing"]).round(2).where(has, 0.0)
    both["change_reported"] = (
        (both["end"] - both["start"]).mul(both["opening"]).where(had, both["end"] * both["closing"]).round(2)
    )
    money = ["start_arr_cc", "end_arr_cc", "start_arr_reported", "end_arr_reported", "change_reported"]
    return both.groupby(["client_id", "month"])[money].sum().round(2).reset_index()


def _tiers(
    inputs: Inputs, revenue: pd.DataFrame, rates: dict[str, pd.DataFrame], ends: pd.DataFrame, last_month: int
) -> pd.DataFrame:
    """client_id, month, tier: dense from the first month with revenue."""
    rows = revenue.merge(rates["cc"], on="currency")
    rows["revenue_cc"] = (rows["revenue"] * rows["cc"]).round(2)
    rows["size"] = rows["revenue"].abs()
    months = rows.groupby(["client_id", "month"])[["revenue_cc", "size"]].sum().query("size > 0").reset_index()
    dense = _dense(months.groupby("client_id")["month"].min(), last_month)
    dense = dense.merge(months, on=["client_id", "month"], how="left")
    dense = dense.merge(ends[["client_id", "month", "end_arr_cc"]], on=["client_id", "month"], how="left").fillna(0.0)
    total = dense.groupby("client_id")["revenue_cc"].cumsum()
    earlier = total.groupby(dense["client_id"]).shift(12).fillna(0.0)
    annual = (total - earlier).round(2)
    is_young = dense["month"] - dense["first_month"] < 11
    annual = annual.where(~is_young, np.maximum(annual, dense["end_arr_cc"]))
    limits = pd.read_csv(inputs.seeds / "tiers.csv").dropna().sort_values("minimum_annual_revenue_cc")
    place = np.searchsorted(limits["minimum_annual_revenue_cc"].to_numpy(), annual.to_numpy(), side="right")
    return dense[["client_id", "month"]].assign(tier=np.array(["tail", *limits["tier"]])[place])


def _owners(inputs: Inputs, accounts: pd.DataFrame) -> pd.DataFrame:
    """client_id, month, am_id: from when on somebody owned a client; from month 0 on, who owned it first."""
    changes = _present(
        inputs.lake, "owner_changes", ["account_id", "changed_at", "owner_id"], ["account_id", "changed_at"]
    )
    changes = changes[changes["changed_at"] < inputs.as_of + pd.Timedelta(days=1)].sort_values(
        ["account_id", "changed_at"]
    )
    changes["month"] = months_of(changes["changed_at"])
    firsts = changes.drop_duplicates("account_id").assign(month=0)
    present = accounts.loc[~accounts["account_id"].isin(changes["account_id"]), ["account_id", "owner_id"]].assign(
        month=0
    )
    owners = pd.concat([firsts, changes.drop_duplicates(["account_id", "month"], keep="last"), present])
    return owners[["account_id", "month", "owner_id"]].set_axis(["client_id", "month", "am_id"], axis=1)


def _movements(ends: pd.DataFrame, tiers: pd.DataFrame, owners: pd.DataFrame) -> pd.DataFrame:
    """fct_arr_movements."""
    rows = ends.merge(
        ends[ends["end_arr_cc"] > 0].groupby("client_id")["month"].min().rename("first"), on="client_id", how="left"
    )
    start, end = rows["start_arr_cc"], rows["end_arr_cc"]
    kinds = [start == end, (start == 0) & (rows["month"] == rows["first"]), start == 0, end == 0, end > start]
    rows["movement_type"] = np.select(kinds, ["fx_only", "new", "reactivation", "churn", "expansion"], "contraction")
    rows["change_cc"] = (end - start).round(2)
    rows["change_reported"] = rows["change_reported"].where(rows["movement_type"] != "fx_only", 0.0)
    rows["fx_effect_reported"] = (
        rows["end_arr_reported"] - rows["start_arr_reported"] - rows["change_reported"]
    ).round(2)
    is_begun = rows["movement_type"].isin(["new", "reactivation"])
    rows["blamed"] = rows["month"].where(is_begun, rows["month"] - 1)
    rows = rows.merge(tiers.rename(columns={"month": "blamed"}), on=["client_id", "blamed"], how="left").fillna(
        {"tier": "tail"}
    )
    rows = pd.merge_asof(
        rows.sort_values("blamed"),
        owners.rename(columns={"month": "blamed"}).sort_values("blamed"),
        on="blamed",
        by="client_id",
    )
    moved = (rows["change_cc"] != 0) | (rows["change_reported"] != 0) | (rows["fx_effect_reported"] != 0)
    return rows[moved].drop(columns=["first", "blamed"])


def _retention(ends: pd.DataFrame, last_month: int) -> pd.DataFrame:
    """The company's rows of rpt_retention."""
    dense = _dense(ends[ends["end_arr_cc"] > 0].groupby("client_id")["month"].min(), last_month)
    dense = dense.merge(
        ends[["client_id", "month", "end_arr_cc", "end_arr_reported"]], on=["client_id", "month"], how="left"
    ).fillna(0.0)
    parts = []
    for window in (1, 3, 12):
        start = dense.groupby("client_id")[["end_arr_cc", "end_arr_reported"]].shift(window)
        rows = pd.DataFrame(
            {
                "month": dense["month"],
                "s": start["end_arr_cc"],
                "e": dense["end_arr_cc"],
                "sr": start["end_arr_reported"],
            }
        ).assign(er=dense["end_arr_reported"])
        rows = rows[rows["s"] > 0]
        rows["expansion_cc"] = (rows["e"] - rows["s"]).clip(lower=0)
        rows["contraction_cc"] = (rows["s"] - rows["e"]).clip(lower=0).where(rows["e"] > 0, 0.0)
        rows["churn_cc"] = rows["s"].where(rows["e"] == 0, 0.0)
        rows["clients_churned"] = (rows["e"] == 0).astype(int)
        rows["kept"] = np.minimum(rows["sr"], rows["er"])
        summed = rows.groupby("month").sum().assign(clients_start=rows.groupby("month").size(), window_months=window)
        parts.append(summed.reset_index())
    total = pd.concat(parts, ignore_index=True)
    total = total.rename(
        columns={"s": "start_arr_cc", "e": "end_arr_cc", "sr": "start_arr_reported", "er": "end_arr_reported"}
    )
    s, sr = total["start_arr_cc"], total["start_arr_reported"]
    total["nrr_cc"], total["grr_cc"] = total["end_arr_cc"] / s, (s - total["contraction_cc"] - total["churn_cc"]) / s
    total["nrr_reported"], total["grr_reported"] = total["end_arr_reported"] / sr, total.pop("kept") / sr
    total["fx_effect_pp"] = (total["nrr_reported"] - total["nrr_cc"]) * 100
    total["logo_churn_rate"] = total["clients_churned"] / total["clients_start"]
    total["revenue_churn_rate"], total["expansion_rate"] = total["churn_cc"] / s, total["expansion_cc"] / s
    return total.assign(segment="company", segment_value="all")


def _dense(firsts: pd.Series, last_month: int) -> pd.DataFrame:
    """client_id, first_month and month: every month from the client's first to the last."""
    months = (last_month - firsts + 1).to_numpy()
    at = np.repeat(np.arange(len(firsts)), months)
    first = firsts.to_numpy()[at]
    return pd.DataFrame(
        {"client_id": firsts.index.to_numpy()[at], "first_month": first, "month": first + counts(months)}
    )


def _cents(values: pd.Series | np.ndarray) -> pd.Series | np.ndarray:
    """Rounded to cents, half away from zero as far as floats can tell."""
    return np.sign(values) * np.floor(np.abs(values) * 100 + 0.5 + 1e-6) / 100
