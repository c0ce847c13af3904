"""Closed months: the labelled snapshot of what people were told and paid by, and how it stands beside today's figures.

A snapshot is a folder `<home>/closes/<month>/<label>/`: two Parquet files and a manifest with their hashes. It is
written once and never changed; a month is closed again under another label. Snapshots outlive every release.
"""

import datetime as dt
import getpass
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.audit.checks import Check, Severity
from pipelines.engine import CONFIG
from pipelines.errors import UserError
from pipelines.release.files import freeze, sha256_of_file, write_durably
from pipelines.release.history import PastRelease, current_id, list_releases
from pipelines.release.manifest import WAREHOUSE_NAME
from pipelines.release.restatements.figures import figures_sql
from pipelines.release.restatements.sources import attach, text
from pipelines.settings import Settings

if TYPE_CHECKING:
    import duckdb

MANIFEST_NAME = "close.json"
FIGURES, SCORECARDS = "figures", "scorecards"
SUITE = "restatements"

DDL = """
create schema if not exists new_release.ops;
create or replace table new_release.ops.closed_months (
    month date not null, label varchar not null, closed_at timestamp not null, release_id varchar not null,
    metric varchar not null, segment varchar not null, segment_value varchar not null,
    value_reported decimal(28, 8), value_now decimal(28, 8)
);
create or replace table new_release.ops.closed_scorecards (
    month date not null, label varchar not null, closed_at timestamp not null, release_id varchar not null,
    am_id varchar not null, metric varchar not null, target_reported decimal(28, 12), target_now decimal(28, 12),
    actual_reported decimal(28, 12), actual_now decimal(28, 12), points_reported decimal(28, 12),
    points_now decimal(28, 12), rating_reported varchar, rating_now varchar
);
comment on table new_release.ops.closed_months is
    'Grain: month, label, metric, segment, segment_value. Figures as reported at the close and as known now.';
comment on table new_release.ops.closed_scorecards is
    'Grain: month, label, am_id, metric (score: the total). Scorecards as reported at the close and as known now.';
"""


class Close(BaseModel):
    """One closed month: what was taken from which release, when (UTC) and by whom. `sha256`: file name -> hash."""

    model_config = ConfigDict(frozen=True)

    month: dt.date
    label: str
    closed_at: dt.datetime
    closed_by: str
    release_id: str
    as_of_on: dt.date
    sha256: dict[str, str]


def close_month(settings: Settings, month: dt.date, label: str, now: dt.datetime, by: str | None = None) -> Path:
    """Store the live release's figures and scorecards of `month` (its first day) under `label`; returns the folder.

    Raises UserError where there is no release, the month is not complete in it, or the label is taken.
    """
    folder = settings.home / "closes" / f"{month:%Y-%m}" / _slug(label)
    live = _live(settings)
    if folder.exists():
        raise UserError(
            f"{month:%Y-%m} is closed under the label '{label}' already", where=str(folder), done="nothing was changed",
            do="choose another label to close it again, such as one with today's date",
        )  # fmt: skip
    draft = folder.with_name(f".{folder.name}.{now:%Y%m%dT%H%M%S}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        _write_snapshot(live.path / WAREHOUSE_NAME, month, draft)
        close = Close(
            month=month, label=label, closed_at=now, closed_by=by or getpass.getuser(), release_id=live.release_id,
            as_of_on=dt.date.fromisoformat(live.manifest.identity.as_of_on),
            sha256={path.name: sha256_of_file(path) for path in sorted(draft.glob("*.parquet"))},
        )  # fmt: skip
        write_durably(draft / MANIFEST_NAME, close.model_dump_json(indent=1).encode())
        freeze(draft)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def read_closes(settings: Settings) -> list[tuple[Path, Close]]:
    """All snapshots of a home with their folders, the oldest month first. Raises UserError for a damaged manifest."""
    found = []
    for path in sorted((settings.home / "closes").glob(f"*/*/{MANIFEST_NAME}")):
        if path.parent.name.startswith("."):
            continue  # what a killed command left
        try:
            found.append((path.parent, Close.model_validate_json(path.read_bytes())))
        except (OSError, ValidationError) as error:
            raise UserError(
                f"a closed month has no readable manifest ({type(error).__name__})", where=str(path),
                done="nothing was published", do="restore the folder from a backup",
            ) from None  # fmt: skip
    return sorted(found, key=lambda item: (item[1].month, item[1].closed_at, item[1].label))


def closes_are_unchanged(closes: Sequence[tuple[Path, Close]]) -> Check:
    """No byte of a snapshot changed since the month was closed."""
    wrong = [
        f"{folder / name}"
        for folder, close in closes
        for name, digest in close.sha256.items()
        if not (folder / name).is_file() or sha256_of_file(folder / name) != digest
    ]
    return Check(
        suite=SUITE, name="closed_months_are_unchanged", severity=Severity.BLOCK, passed=not wrong,
        observed=f"{len(wrong)} of {len(closes)} closed months damaged" if wrong else f"{len(closes)} closed months",
        message="not the file that was stored: " + ", ".join(wrong[:5]) if wrong else "",
    )  # fmt: skip


def write_closed_tables(connection: "duckdb.DuckDBPyConnection", closes: Sequence[tuple[Path, Close]]) -> None:
    """`ops.closed_months` and `ops.closed_scorecards` of the new release: as reported beside as known now."""
    connection.execute(DDL)
    for folder, close in closes:
        head = (
            f"date '{close.month}', {text(close.label)}, timestamp '{_utc(close.closed_at)}', {text(close.release_id)}"
        )
        connection.execute(
            f"""insert into new_release.ops.closed_months
            select {head}, metric, segment, segment_value, stored.value, now.value
            from read_parquet({text(folder / f"{FIGURES}.parquet")}) as stored
            full outer join ({_figures(close.month)}) as now using (metric, segment, segment_value)"""
        )
        connection.execute(
            f"""insert into new_release.ops.closed_scorecards
            select {head}, am_id, metric, stored.target, now.target, stored.actual, now.actual,
                stored.points, now.points, stored.rating, now.rating
            from read_parquet({text(folder / f"{SCORECARDS}.parquet")}) as stored
            full outer join ({_scorecards(close.month)}) as now using (am_id, metric)"""
        )


def _write_snapshot(warehouse: Path, month: dt.date, folder: Path) -> None:
    import duckdb

    with duckdb.connect(":memory:", config=CONFIG) as connection:
        attach(connection, None, warehouse)
        row = connection.execute("select last_month from new.run").fetchone()
        last = row[0] if row else None
        if last is None or month > last:
            raise UserError(
                f"{month:%Y-%m} is not complete in the live release",
                done="nothing was changed",
                do=f"the last complete month there is {last:%Y-%m}; refresh with a later as-of day first"
                if last else "refresh first",
            )  # fmt: skip
        for name, select in ((FIGURES, _figures(month)), (SCORECARDS, _scorecards(month))):
            connection.execute(f"copy ({select} order by all) to {text(folder / f'{name}.parquet')} (format parquet)")
        row = connection.execute(f"select count(*) from read_parquet({text(folder / f'{FIGURES}.parquet')})").fetchone()
        if row is None or not row[0]:
            raise UserError(f"the live release has no figures of {month:%Y-%m}", done="nothing was changed")


def _figures(month: dt.date) -> str:
    """The figures of one month: rates with all segments that are published."""
    figures = figures_sql("new", "segment is not null")
    return f"select metric, segment, segment_value, value from ({figures}) as figures where month = date '{month}'"


def _scorecards(month: dt.date) -> str:
    """Scorecards and, as metric `score`, their totals (points: the score; weight: what was measured)."""
    return f"""
        select am_id, metric, weight, target, actual, attainment, points, cast(null as varchar) as rating
        from new.scorecard where month = date '{month}'
        union all
        select am_id, 'score', cast(coverage_rate as decimal(28, 12)), null, null, null,
            cast(score as decimal(28, 12)), rating
        from new.ratings where month = date '{month}'"""


def _live(settings: Settings) -> PastRelease:
    live = current_id(settings)
    found = [release for release in list_releases(settings) if release.release_id == live]
    if not found:
        raise UserError("there is no published release to close a month of", do="run `tenure refresh` first")
    return found[0]


def _slug(label: str) -> str:
    slug = re.sub(r"[^\w]+", "-", label.strip().lower()).strip("-_")[:80]
    if not slug:
        raise UserError("the label needs a letter or a digit", done="nothing was changed", do='such as: --label "paid"')
    return slug


def _utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=" ")
