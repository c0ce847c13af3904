"""Runs the nights and prints what became of each, then the exact numbers at the end. Exit status 1 if one is wrong."""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.nights import Night, Soak, Verdict
from tests.warm import warm_refresher

HEAD = f"{'night':>5}  {'fault':<17}{'seconds':>8}  outcome\n"


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def line(night: Night) -> str:
    return f"{night.number:>5}  {night.fault:<17}{night.seconds:>8.1f}  {night.outcome}\n"


def summary(verdict: Verdict, nights: int, seed: int, seconds: float) -> str:
    """The numbers at the end, told beside what they must be."""
    counted, written = verdict.counted, verdict.written
    rows = " + ".join(f"{counted[name]} {name}" for name in ("landed", "duplicate", "quarantined"))
    wrong = f"{len(verdict.differing)} differ: {', '.join(verdict.differing)}" if verdict.differing else "0 differ"
    return (
        f"\n{nights} nights, seed {seed}, {seconds:.0f} s, {verdict.publications} publications\n"
        f"rows   {counted['read']} read = {rows}; {'exactly' if counted == written else 'NOT'} as they were written\n"
        f"marts  {verdict.marts} compared with a home that was given all files at once: {wrong}\n"
    )


def soak(nights: int, seed: int) -> Verdict:
    """All nights, told as they pass. Raises AssertionError where a promise is broken."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tenure-soak-") as folder, warm_refresher(Path(folder)) as refresher:
        run = Soak(Path(folder) / "home", random.Random(seed), refresher)
        say(HEAD + line(run.night(1, "none")))
        for number, fault in enumerate(run.plan(nights - 1), start=2):
            say(line(run.night(number, fault)))
        verdict = run.verdict(Path(folder) / "fresh", nights)
    say(summary(verdict, nights, seed, time.monotonic() - begun))
    return verdict


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m tests.soak")
    options.add_argument("--nights", type=int, default=30)
    options.add_argument("--seed", type=int, default=random.randrange(10_000), help="the same nights again")
    chosen = options.parse_args()
    sys.exit(0 if soak(max(chosen.nights, 2), chosen.seed).is_exact else 1)
