"""What the steps after the build say about what they made: headline numbers, checks, timings, where to look further."""

from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.audit.checks import Check, blocking, warnings
from pipelines.audit.profile import FOLDER
from pipelines.audit.report import REPORT_NAME
from pipelines.defs.run import RefreshRun
from pipelines.release.manifest import EXPORTS, MANIFEST_NAME, WAREHOUSE_NAME, Manifest

INDEX = "index.html"


def audit_metadata(run: RefreshRun) -> dict[str, Any]:
    """Checks by outcome, those that failed in a table, and the report at the place where it will stay."""
    stopped = blocking(run.checks)
    folder = run.build_dir if stopped else _release_dir(run)
    return {
        "checks": len(run.checks),
        "blocking": len(stopped),
        "warnings": len(warnings(run.checks)),
        "failed": dg.MetadataValue.md(failed_table([check for check in run.checks if not check.passed])),
        "report": dg.MetadataValue.path(folder / FOLDER / REPORT_NAME),
        "seconds": run.seconds["audit"],
    }


def warehouse_metadata(run: RefreshRun, manifest: Manifest) -> dict[str, Any]:
    """Which release it is, its headline, its size and what it was made from."""
    folder = _release_dir(run)
    return {
        "release_id": manifest.release_id,
        "as_of_on": manifest.identity.as_of_on,
        **headline_metadata(manifest),
        "tables": len(manifest.row_counts),
        "rows": sum(manifest.row_counts.values()),
        "megabytes": round((run.build_dir / WAREHOUSE_NAME).stat().st_size / 1e6, 1),
        "inputs_sha256": manifest.identity.inputs_sha256,
        "code_version": manifest.identity.code_version,
        "path": dg.MetadataValue.path(folder / WAREHOUSE_NAME),
        "seconds": run.seconds["seal"],
    }


def dashboard_metadata(run: RefreshRun, out_dir: Path) -> dict[str, Any]:
    """Where the pages will stay, and how large they are."""
    size = sum(path.stat().st_size for path in out_dir.rglob("*") if path.is_file())
    return {
        "path": dg.MetadataValue.path(_release_dir(run) / out_dir.name / INDEX),
        "megabytes": round(size / 1e6, 1),
        "seconds": run.seconds["dashboard"],
    }


def exports_metadata(run: RefreshRun, left_out: list[str]) -> dict[str, Any]:
    """Where the exported files will stay, how many they are, and what was left out."""
    files = run.need("manifest").exports
    return {
        "path": dg.MetadataValue.path(_release_dir(run) / EXPORTS),
        "files": len(files),
        "megabytes": round(sum(file.bytes for file in files.values()) / 1e6, 1),
        "left_out": "; ".join(left_out) or "none",
        "seconds": run.seconds["exports"],
    }


def release_metadata(run: RefreshRun, release_dir: Path) -> dict[str, Any]:
    """All a person needs who was told that a release is live: headline, timings of the steps, where everything is."""
    manifest: Manifest = run.need("manifest")
    return {
        "release_id": manifest.release_id,
        "as_of_on": manifest.identity.as_of_on,
        **headline_metadata(manifest),
        "checks": manifest.checks["passed"],
        "warnings": manifest.checks["warnings"],
        "seconds": run.seconds,
        "seconds_in_all": round(sum(run.seconds.values()), 1),
        "path": dg.MetadataValue.path(release_dir),
        "manifest": dg.MetadataValue.path(release_dir / MANIFEST_NAME),
        "report": dg.MetadataValue.path(release_dir / FOLDER / REPORT_NAME),
        "dashboard": dg.MetadataValue.path(release_dir / "dashboard" / INDEX),
    }


def headline_metadata(manifest: Manifest) -> dict[str, float | int | str]:
    """The headline as asset metadata; what is unknown is left out."""
    return {name: value for name, value in manifest.headline.items() if value is not None}


def _release_dir(run: RefreshRun) -> Path:
    """Where the build will be once it is published."""
    return run.settings.releases / str(run.need("publications")[-1].publication_id)


def failed_table(failed: list[Check]) -> str:
    """Failed checks as a Markdown table."""
    if not failed:
        return "none"
    cells = [(check.full_name, check.severity.value, check.finding) for check in failed]
    rows = ["| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in row) + " |" for row in cells]
    return "\n".join(["| check | severity | found |", "| --- | --- | --- |", *rows])
