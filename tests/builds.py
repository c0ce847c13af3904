"""Small companies for the rooms that read a release: a golden case's exports through landing and the real models."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from pipelines.landing import land
from pipelines.settings import PROJECT_ROOT, load_settings
from pipelines.warehouse import build

GOLDEN = PROJECT_ROOT / "tests" / "golden"


def built(case: str, home: Path, marts: Sequence[str] | None = None) -> Path:
    """A build, of all or of what the named models need, finished as a release's: nothing of the lake is attached."""
    inbox = GOLDEN / case / "input"
    as_of = tomllib.loads((GOLDEN / case / "case.toml").read_text(encoding="utf-8"))["as_of"]
    settings = load_settings(home, inbox=inbox, as_of=as_of)
    land(settings, "run")
    result = build(settings, home / "build", "run", only=list(marts) if marts else None)
    # Whether the data's own tests pass is asked elsewhere; some of them need models that are left out here.
    assert not [node for node in result.nodes if not node.is_test and node.status != "success"]
    return result.build_dir
