"""Nights with faults: what goes wrong in each, what must hold after it, and what must have come out at the end."""

import datetime as dt
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.serving.release import open_release
from tests.faults.looks import assert_tidy, assert_whole, live
from tests.faults.machine import file_size_limit
from tests.mart_hashes import differing, mart_hashes
from tests.small_company import command, environment
from tests.soak.company import CLIENTS, FIRST_NIGHT, Company
from tests.warm import Outcome, Refresher

STEPS = ("land", "build", "audit", "seal", "dashboard", "exports", "freeze", "move", "swap")
MOST_BYTES = 8 << 20
COUNTED = ("read", "landed", "duplicate", "quarantined")
COUNTS = f"""select {", ".join(f"sum(rows_{name}) as {name}" for name in COUNTED)} from ops.load_files
    where entity <> 'contacts'"""
PATIENCE = 300
# Figures of the past change all the time here: that is what the nights are for.
WARN_ONLY = {
    "restatement_limits": "metric,segment,closed_by,limit_bp,severity,valid_from\n"
    + "".join(
        f"{metric},{segment},label,10,warn,2000-01-01\n"
        for metric in (
            *("arr_cc", "arr_reported", "nrr_cc", "nrr_reported", "grr_cc", "grr_reported", "logo_churn_rate"),
        )
        for segment in ("company", "am")
    ),
}
BROKEN = "contact_id,customer\nk1,c1\n"  # without a required column
WHOLE = "contact_id,account_id,name\nk1,c1,Kim\n"


@dataclass(frozen=True)
class Night:
    """What became of one night."""

    number: int
    fault: str
    outcome: str
    seconds: float


@dataclass(frozen=True)
class Verdict:
    """The end: rows as the release counts them and as the company wrote them, marts that differ from a fresh home's."""

    counted: Counter[str]
    written: Counter[str]
    marts: int
    differing: list[str]
    publications: int

    @property
    def is_exact(self) -> bool:
        return self.counted == self.written and not self.differing


class Soak:
    """One home, night after night. `dice` decides what goes wrong."""

    def __init__(self, home: Path, dice: random.Random, refresher: Refresher) -> None:
        self.home, self.dice, self.refresher = home, dice, refresher
        self.company = Company(dice)
        self.faults: dict[str, Callable[[int], str]] = {
            "none": self._quiet,
            "late file": self._late,
            "changed invoices": self._changed,
            "duplicates": self._duplicates,
            "dirty row": self._dirty,
            "broken file": self._broken,
            "unreadable file": self._unreadable,
            "stale wal": self._wal,
            "damaged lake": self._damage,
            "killed": self._killed,
            "disk full": self._disk_full,
        }
        (home / "inbox").mkdir(parents=True)
        (home / "policy").mkdir()
        for seed, text in WARN_ONLY.items():
            (home / "policy" / f"{seed}.csv").write_text(text, encoding="utf-8")
        self.company.begin(home / "inbox")

    def plan(self, nights: int) -> list[str]:
        """A fault for each night: all kinds in turn, shuffled; the last night is quiet."""
        kinds, plan = list(self.faults), []
        while len(plan) < nights:
            plan += self.dice.sample(kinds, len(kinds))
        return [*plan[: nights - 1], "none"]

    def night(self, number: int, fault: str) -> Night:
        """One night. Raises AssertionError where a promise is broken."""
        begun = time.monotonic()
        if self.dice.random() < 0.5 or fault == "none":
            self.company.deliver_late(self.inbox)
        self.company.bill(self.inbox, number)
        outcome = self.faults[fault](number)
        assert_whole(self.home, CLIENTS)
        return Night(number, fault, outcome, time.monotonic() - begun)

    def verdict(self, fresh: Path, last: int) -> Verdict:
        """Compare with a home that is given all files at once."""
        shutil.copytree(self.home / "policy", fresh / "policy")
        (fresh / "inbox").mkdir()
        for name, text in {**self.company.files, "contacts.csv": self._text_of("contacts.csv")}.items():
            if text:
                (fresh / "inbox" / name).write_text(text, encoding="utf-8")
        at_once = self._refresh(last, fresh)
        assert at_once.status == 0, at_once.message
        with open_release(self.home / "current") as release:
            row = release.rows(COUNTS).row(0)
            publications = release.rows("select count(*) as n from ops.publications").item()
        counted = Counter(dict(zip(COUNTED, map(int, row), strict=True)))
        ours = mart_hashes(self.home / "current")
        assert_tidy(self.home)
        differences = differing(ours, mart_hashes(fresh / "current"))
        return Verdict(counted, self.company.rows, len(ours), differences, publications)

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    def _text_of(self, name: str) -> str:
        path = self.inbox / name
        return path.read_text("utf-8") if path.exists() else ""

    def _refresh(self, number: int, home: Path | None = None) -> Outcome:
        return self.refresher(home or self.home, self._as_of(number))

    @staticmethod
    def _as_of(number: int) -> str:
        return (FIRST_NIGHT + dt.timedelta(days=number - 1)).isoformat()

    def _published(self, number: int) -> str:
        before = live(self.home) if (self.home / "current").exists() else ""
        outcome = self._refresh(number)
        assert outcome.status == 0, outcome.message
        assert live(self.home) != before
        return "published"

    def _quiet(self, number: int) -> str:
        return self._published(number)

    def _late(self, number: int) -> str:
        self.company.bill_late(number)
        return f"{self._published(number)}, without a file that comes later"

    def _changed(self, number: int) -> str:
        self.company.change(self.inbox, number)
        return f"{self._published(number)}, one invoice void, one of twice the amount"

    def _duplicates(self, number: int) -> str:
        self.company.repeat(self.inbox, number)
        return f"{self._published(number)}, repeats counted"

    def _dirty(self, number: int) -> str:
        self.company.soil(self.inbox, number)
        return f"{self._published(number)}, one row in quarantine"

    def _broken(self, number: int) -> str:
        (self.inbox / "contacts.csv").write_text(BROKEN, encoding="utf-8")
        first = self._refresh(number)
        assert first.run is not None and first.run.receipt is not None, first.message
        assert [file.file_name for file in first.run.receipt.refused] == ["contacts.csv"]
        (self.inbox / "contacts.csv").write_text(WHOLE, encoding="utf-8")
        return f"{self._published(number)}, after the file was refused and came again"

    def _unreadable(self, number: int) -> str:
        link = self.inbox / f"nps_responses_n{number:02}.csv"
        link.symlink_to(self.home / "nowhere.csv")
        outcome = self._refresh(number)
        link.unlink()
        assert outcome.run is not None and outcome.run.receipt is not None, outcome.message
        assert [file.file_name for file in outcome.run.receipt.refused] == [link.name]
        return "published, the file refused"

    def _wal(self, number: int) -> str:
        (self.home / "builds").mkdir(exist_ok=True)
        dead = self.home / "builds" / "dead"
        dead.mkdir()
        (dead / "warehouse.duckdb.wal").write_bytes(b"left over")
        if (self.home / "current").exists():
            (self.home / "current" / "warehouse.duckdb.wal").write_bytes(b"left over")
        said = self._published(number)
        assert not dead.exists()
        return f"{said}, the log swept away"

    def _damage(self, number: int) -> str:
        files = sorted((self.home / "lake").glob("*/*.parquet"))
        if not files:
            return self._published(number)
        path = self.dice.choice(files)
        content = bytearray(path.read_bytes())
        content[self.dice.randrange(len(content))] ^= 1 << self.dice.randrange(8)
        path.write_bytes(content)
        outcome = self._refresh(number)
        assert outcome.run is not None and outcome.run.receipt is not None, outcome.message
        assert len(outcome.run.receipt.healed) == 1
        return f"published, {path.parent.name} healed"

    def _killed(self, number: int) -> str:
        before, step = live(self.home), self.dice.choice(STEPS)
        process = self._start(number, TENURE_PAUSE_AT=step)
        deadline = time.monotonic() + PATIENCE
        while not (self.home / "paused").exists():
            assert process.poll() is None and time.monotonic() < deadline, f"the refresh never came to {step}"
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        (self.home / "paused").unlink()
        assert live(self.home) == before
        return f"killed at {step}, the release before stays live"

    def _disk_full(self, number: int) -> str:
        before = live(self.home)
        process = self._start(number, file_size_limit(MOST_BYTES))
        assert process.wait(PATIENCE) == 1
        assert live(self.home) == before
        return f"status 1 at {MOST_BYTES >> 20} MB, the release before stays live"

    def _start(
        self, number: int, prepare: Callable[[], None] | None = None, **variables: str
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command("refresh", "--as-of", self._as_of(number), "--home", str(self.home)),
            env=environment(**variables),
            preexec_fn=prepare,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
