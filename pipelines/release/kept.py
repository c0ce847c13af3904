"""Builds that wait for a person: blocked only by checks that may be accepted, kept whole, with what publishing needs.

Only their one file `kept.json` and the log of acceptances belong here; publishing one belongs to `defs.accept`.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.audit.checks import Acceptance, Check
from pipelines.audit.gate import BLOCKED_MARK
from pipelines.audit.record import Publication
from pipelines.release.files import write_durably
from pipelines.release.history import list_releases
from pipelines.release.identity import Identity
from pipelines.settings import Settings

KEPT_NAME = "kept.json"


class KeptBuild(BaseModel):
    """A blocked build. `publications`: the home's log as it would be, this build last."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    identity: Identity
    publications: list[Publication]
    checks: list[Check]
    acceptances: list[Acceptance]
    warehouse_sha256: str


def write_kept(build_dir: Path, kept: KeptBuild) -> None:
    """Write `kept.json`, whole or not at all."""
    write_durably(build_dir / KEPT_NAME, kept.model_dump_json(indent=1).encode())


def newest_blocked(settings: Settings) -> Path | None:
    """The directory of the newest blocked build; None where there is none."""
    marks = sorted(settings.builds.glob(f"*/{BLOCKED_MARK}"), key=lambda path: path.stat().st_mtime_ns)
    return marks[-1].parent if marks else None


def read_kept(build_dir: Path) -> KeptBuild | None:
    """What a blocked build waits for; None where it was stopped before the audit, or cannot be read."""
    try:
        return KeptBuild.model_validate_json((build_dir / KEPT_NAME).read_bytes())
    except (OSError, ValidationError):
        return None


def known_acceptances(settings: Settings) -> list[Acceptance]:
    """All acceptances of the home: those the newest release was published with or remembers, then waiting ones."""
    newest, blocked = list_releases(settings)[:1], newest_blocked(settings)
    kept = read_kept(blocked) if blocked else None
    return [*(newest[0].manifest.acceptances if newest else []), *(kept.acceptances if kept else [])]
