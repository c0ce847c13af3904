"""What the steps of one refresh share: its settings, its place on disk, its lock, and what each step found.

The steps of a run work in one process, one after the other; a step takes what an earlier one left here. No step's work
belongs here.
"""

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipelines.audit.checks import Acceptance, Check
from pipelines.audit.record import Publication
from pipelines.defs.workers import Workers
from pipelines.errors import Blocked, UserError
from pipelines.release.identity import Identity
from pipelines.release.lock import refresh_lock
from pipelines.release.manifest import Manifest
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.landing import LandingReceipt
    from pipelines.warehouse import BuildResult


class Reporter(Protocol):
    """Told what a run is doing, by the names of its steps."""

    def started(self, step: str) -> None: ...

    def finished(self, step: str, seconds: float, found: str) -> None: ...


@dataclass
class SilentReporter:
    """A reporter that says nothing."""

    def started(self, step: str) -> None:
        """A step begins."""

    def finished(self, step: str, seconds: float, found: str) -> None:
        """A step is done."""


@dataclass
class RefreshRun:
    """One refresh. Fields after `builds` are filled by the steps, in this order.

    `is_patient`: a held lock or a file that is still arriving is waited for (nobody watches this run); otherwise it is
    told at once. `builds`: where the build is made, instead of the home's own folder for builds.
    """

    settings: Settings
    run_id: str
    reporter: Reporter
    workers: Workers
    is_forced: bool = False
    is_patient: bool = False
    builds: Path | None = None
    receipt: "LandingReceipt | None" = None
    identity: Identity | None = None
    is_nothing_new: bool = False
    build: "BuildResult | None" = None
    checks: list[Check] = field(default_factory=list)
    acceptances: list[Acceptance] = field(default_factory=list)
    publications: list[Publication] | None = None
    manifest: Manifest | None = None
    release_dir: Path | None = None
    failure: BaseException | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    _held: ExitStack | None = None

    @property
    def build_dir(self) -> Path:
        return (self.builds or self.settings.builds) / self.run_id

    def take_lock(self) -> None:
        """Be the home's one writer from now on, until `release_lock`; free where this run is it. Raises LockHeld."""
        if self._held is None:
            held = ExitStack()
            held.enter_context(refresh_lock(self.settings))
            self._held = held

    def release_lock(self) -> None:
        """Let others write. Free where this run holds nothing."""
        if self._held is not None:
            self._held.close()
            self._held = None

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Time and report one step; an error that ends it is remembered as the run's failure. Yields `say`."""
        found: list[str] = []
        self.reporter.started(name)
        self.reached(name)
        begun = time.perf_counter()
        try:
            yield found.append
        except Exception as error:
            self.failure = self.failure or error
            raise
        self.seconds[name] = round(time.perf_counter() - begun, 2)
        self.reporter.finished(name, self.seconds[name], "; ".join(found))

    def reached(self, name: str) -> None:
        """A named point of the run. The fault tests stop a run here (TENURE_PAUSE_AT) to kill it."""
        if os.environ.get("TENURE_PAUSE_AT") == name:
            (self.settings.home / "paused").write_text(name, encoding="utf-8")
            time.sleep(3600)

    def stop(self, refusal: Blocked | None) -> None:
        """Remember why this build is not published; Dagster's blocking checks keep the later steps from running."""
        self.failure = self.failure or refusal

    def need(self, name: str) -> Any:
        """What an earlier step of this run left. Raises UserError where that step did not run."""
        value = getattr(self, name)
        if value is None:
            raise UserError(
                f"this step needs what an earlier step of the same run leaves ({name})",
                done="nothing was changed",
                do="start the whole job nightly_refresh",
            )
        return value


def utc_now() -> dt.datetime:
    """The moment, to the second, with its zone."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)
