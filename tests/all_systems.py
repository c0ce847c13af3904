"""One company whose inbox holds an export of every system: the hand-made cases of `tests/samples`."""

import shutil
import tomllib
from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"
CASES = {path.parent.name: tomllib.loads(path.read_text("utf-8")) for path in sorted(SAMPLES.glob("*/expected.toml"))}


def write_all_systems(home: Path) -> None:
    """The exports, the mapping files and the settings that they need."""
    settings = ['company_time_zone = "UTC"']
    for name, case in CASES.items():
        folder = SAMPLES / name
        shutil.copytree(folder / "case", home / "inbox" / name)
        for template in folder.glob(f"*_{name}.csv"):
            shutil.copy(template, home / "inbox" / template.name)
        for mapping in folder.glob("mappings/*.toml"):
            (home / "mappings").mkdir(exist_ok=True)
            shutil.copy(mapping, home / "mappings" / mapping.name)
        settings.append(case.get("settings", ""))
    (home / "tenure.toml").write_text("\n".join(settings), encoding="utf-8")
