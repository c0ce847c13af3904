"""Makes small releases for the tests of the release room: a real DuckDB file, a manifest, no dbt."""

import datetime as dt
from pathlib import Path

import duckdb

from pipelines.audit.record import Publication
from pipelines.release.identity import Identity
from pipelines.release.manifest import Manifest, new_release_id
from pipelines.release.publish import publish, seal
from pipelines.settings import Settings

MIDNIGHT = dt.datetime(2026, 1, 31, 0, 0, tzinfo=dt.UTC)


def settings_of(home: Path, **flags: object) -> Settings:
    return Settings(home=home, as_of=dt.date(2026, 1, 30), **flags)


def identity(**changes: object) -> Identity:
    values = {
        "as_of_on": "2026-01-30",
        "code_version": "abc",
        "code_sha256": "c",
        "lock_sha256": "l",
        "policy_sha256": "p",
        "settings_sha256": "s",
        "inputs": {"00000001-abc": "i"},
    }
    return Identity.model_validate({**values, **changes})


def make_build(settings: Settings, number: int) -> Path:
    build_dir = settings.builds / f"run-{number}"
    build_dir.mkdir(parents=True)
    with duckdb.connect(str(build_dir / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.dim_clients as select {number} as client_id")
    (build_dir / "dbt").mkdir()
    (build_dir / "dbt" / "dbt.log").write_text("scratch")
    (build_dir / "dashboard").mkdir()
    (build_dir / "dashboard" / "index.html").write_text(f"<p>{number}")
    return build_dir


def make_manifest(number: int, warehouse_sha256: str, log: list[Publication]) -> Manifest:
    at = MIDNIGHT + dt.timedelta(days=number)
    release_id = new_release_id(at, identity().fingerprint, f"run-{number}")
    this = Publication(
        publication_id=release_id,
        published_at=at,
        as_of_on=at.date(),
        code_version="abc",
        inputs_sha256="i",
        run_id=f"run-{number}",
    )
    return Manifest(
        release_id=release_id,
        sequence=len(log) + 1,
        published_at=at,
        run_id=f"run-{number}",
        identity=identity(),
        fingerprint=identity().fingerprint,
        warehouse_sha256=warehouse_sha256,
        row_counts={"marts.dim_clients": 1},
        headline={},
        checks={},
        publications=[*log, this],
    )


def publish_numbers(settings: Settings, count: int) -> list[Manifest]:
    """Publish releases 1..count; their manifests."""
    made: list[Manifest] = []
    for number in range(1, count + 1):
        build_dir = make_build(settings, number)
        manifest = make_manifest(number, seal(build_dir), made[-1].publications if made else [])
        publish(settings, build_dir, manifest)
        made.append(manifest)
    return made
