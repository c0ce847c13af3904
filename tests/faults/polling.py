"""A reader that polls a home until it is told to stop: `python -m tests.faults.polling HOME STOP`.

Prints one line of JSON: how often it read, how many releases it saw, and what went wrong.
"""

import json
import sys
from pathlib import Path

from pipelines.serving.release import open_release
from pipelines.settings import load_settings


def main(home: Path, stop: Path) -> None:
    settings, reads, seen, problems = load_settings(home), 0, set(), []
    while not stop.exists():
        reads += 1
        try:
            with open_release(settings) as release:
                said = release.manifest["release_id"]
                told = release.rows("select distinct release_id from marts.dim_clients")["release_id"].to_list()
                drawn = (release.warehouse.parent / "dashboard" / "index.html").read_text("utf-8")
            seen.add(said)
            if told != [said] or drawn != said:
                problems.append(f"torn: {said}, {told}, {drawn}")
        except Exception as error:
            problems.append(f"{type(error).__name__}: {error}")
    sys.stdout.write(json.dumps({"reads": reads, "releases": len(seen), "problems": problems}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
