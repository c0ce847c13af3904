"""Land mutated files until the time is over: `python -m tests.fuzz --seconds 300 [--seed 7]`.

For every input, its rows are accounted for exactly or the file is turned away with a reason: no traceback, no hang, no
silent drop. The first input that breaks this ends the run; its file and the number that makes it again are printed.
"""

import argparse
import faulthandler
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from pipelines.landing import LandingReceipt
from pipelines.landing.reading.dialects import decode
from tests.fuzz.corpus import Seed, corpus
from tests.fuzz.mutations import mutated
from tests.unit.landing.homes import Home

# Files of a few kilobytes land in some 30 ms; this is for a busy machine.
PATIENCE_SECONDS = 20.0
MAX_UNPACKED_MB = 256
# Sources of which each line below the header is a row.
LINE_BY_LINE = {"template", "salesforce"}


class Broken(AssertionError):
    """The promise does not hold for an input."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
    say(f"fuzzing the landing for {options.seconds:.0f} s; the same again: python -m tests.fuzz --seed {seed}")
    seeds = corpus()
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    outcomes: Counter[str] = Counter()
    ends = time.monotonic() + options.seconds
    number = 0
    while time.monotonic() < ends:
        chance = random.Random(f"{seed}/{number}")
        start = seeds[number] if number < len(seeds) else chance.choice(seeds)
        content = start.content if number < len(seeds) else mutated(start.content, [s.content for s in seeds], chance)
        kept = folder / f"{number}-{start.name}"
        kept.write_bytes(content)
        faulthandler.dump_traceback_later(PATIENCE_SECONDS, exit=True)  # a hang ends the process, the input is kept
        try:
            outcomes[_land(Seed(start.name, content, start.sources), folder / "home", chance)] += 1
        except Exception as error:
            say(f"input {number} of seed {seed}, kept as {kept}: {type(error).__name__}: {error}")
            traceback.print_exc()
            return 1
        faulthandler.cancel_dump_traceback_later()
        kept.unlink()
        number += 1
    shutil.rmtree(folder)
    say(f"{number} inputs: " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()))
    return 0


def _land(seed: Seed, root: Path, chance: random.Random) -> str:
    """Land one file in a fresh home and check the promise. The outcome in a word."""
    shutil.rmtree(root, ignore_errors=True)
    (root / "inbox").mkdir(parents=True)
    home = Home(root, sources=seed.sources, max_unpacked_mb=MAX_UNPACKED_MB)
    home.put(seed.name, seed.content)
    receipt = home.land()
    home.assert_accounted()
    _assert_reported(receipt)
    _assert_counted(home, seed)
    if chance.random() < 0.05:
        again = home.land()
        if again.has_news or len(again.refused) != len(receipt.refused) or len(again.unknown) != len(receipt.unknown):
            raise Broken("the same file again is not a no-op with the same report")
    return "refused" if receipt.refused else "unknown" if receipt.unknown else "landed"


def _assert_reported(receipt: LandingReceipt) -> None:
    problems = [*receipt.refused, *receipt.unknown, *receipt.waiting]
    if not problems and not receipt.files:
        raise Broken("the file is not mentioned at all")
    for problem in problems:
        if "error in Tenure" in problem.what:
            raise Broken(problem.what)
        if not problem.what.strip() or not problem.do.strip():
            raise Broken(f"a refusal without a reason or advice: {problem}")


def _assert_counted(home: Home, seed: Seed) -> None:
    """Against a count of our own, where a text is simple enough to be counted in one way only."""
    for load in home.ledger().loads:
        if load.refused or seed.name.rpartition(".")[2] != "csv":
            continue
        text = decode(seed.content).text
        lines = sum(bool(line.strip()) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
        read = sum(counts.rows_read for counts in load.entities.values())
        if read > max(0, lines):
            raise Broken(f"{read} rows read from {lines} lines")
        if '"' not in text and load.source in LINE_BY_LINE and read != max(0, lines - 1):
            raise Broken(f"{read} rows read, {lines - 1} lines stand below the header")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
