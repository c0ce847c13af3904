"""Rights, secrets and room on the disk."""

import os
import shutil
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path

from pipelines.doctor.diagnosis import Diagnosis, bad, note, ok
from pipelines.privacy.pseudonyms import KEY_NAME
from pipelines.settings import Settings

GIB = 1024**3
LEAST_FREE_BYTES = 2 * GIB  # a release and the build beside it, with room for a year's growth of a usual company
BUILDS_OF_FREE_SPACE = 3  # the build, what it spills while it is made, the release beside the one it replaces
SHARE_OF_LAKE = 0.25  # room for the lake to grow before anybody looks again
OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def look_at_rights(settings: Settings) -> Iterator[Diagnosis]:
    """This user reads and writes the home; nobody else on the machine writes to it."""
    home = settings.home
    if not home.exists():
        nearest = next(folder for folder in home.parents if folder.exists())
        if os.access(nearest, os.W_OK):
            yield note("home", f"{home} is not there; the first refresh makes it")
        else:
            yield bad("home", f"{home} is not there and {nearest} cannot be written", f"make it: install -d {home}")
        return
    ours = [
        home,
        settings.lake,
        settings.builds,
        settings.releases,
        settings.dagster,
        settings.policy,
        settings.mappings,
    ]
    ours += [folder for parent in (settings.lake, settings.releases) for folder in sorted(_folders(parent))]
    wrong = 0
    for folder in (path for path in ours if path.is_dir()):
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            wrong += 1
            do = f"give it to the user who refreshes: chown -R USER {folder} (did another user refresh, such as root?)"
            yield bad("home", f"{folder} cannot be read and written by this user", do)
        if _is_open_to_the_world(folder):
            wrong += 1
            yield bad("home", f"everybody on this machine can write to {folder}", f"chmod o-w {folder}")
    if not wrong:
        yield ok("home", f"{home} can be read and written, and not by everybody")


def look_at_secrets(settings: Settings) -> Iterator[Diagnosis]:
    """Files that hold secrets are for their owner alone."""
    secret = [settings.home / KEY_NAME]
    if _has_alert_urls(settings.home / "tenure.toml"):
        secret.append(settings.home / "tenure.toml")
    present = [path for path in secret if path.exists()]
    readable = [path for path in present if path.stat().st_mode & OPEN_TO_OTHERS]
    for path in readable:
        mode = stat.S_IMODE(path.stat().st_mode)
        yield bad("secrets", f"{path} holds a secret and others may read it ({mode:03o})", f"chmod 600 {path}")
    if not readable:
        names = ", ".join(path.name for path in present)
        yield ok("secrets", f"only their owner may use {names}" if names else "no file of the home holds a secret")


def look_at_disk(settings: Settings) -> Iterator[Diagnosis]:
    """Room for tonight: free space against what lake and releases take."""
    nearest = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    sizes = {path.name: size_of(path) for path in (settings.lake, settings.releases, settings.dagster)}
    largest = max((size_of(path) for path in _folders(settings.releases)), default=0)
    needed = max(LEAST_FREE_BYTES, int(BUILDS_OF_FREE_SPACE * largest + SHARE_OF_LAKE * sizes[settings.lake.name]))
    taken = ", ".join(f"{name} {size / GIB:.2f}" for name, size in sizes.items())
    text = f"{free / GIB:.1f} GiB free of the {needed / GIB:.1f} that should be (in GiB: {taken})"
    if free >= needed:
        yield ok("disk", text)
    else:
        yield bad("disk", text, "make room: a larger disk, or fewer `keep_releases`")


def look_at_inbox(settings: Settings) -> Iterator[Diagnosis]:
    """The inbox is there, can be read, and only chosen people put figures into it."""
    inbox = settings.inbox
    if not inbox.is_dir():
        yield bad("inbox", f"{inbox} is not there", "make the folder and put exports into it")
        return
    if not os.access(inbox, os.R_OK | os.X_OK):
        yield bad("inbox", f"{inbox} cannot be read by this user", f"give it the right: chmod g+rx {inbox} (or chown)")
        return
    if _is_open_to_the_world(inbox):
        yield bad("inbox", f"everybody on this machine can put figures into {inbox}", f"chmod o-w {inbox}")
    files = [path for path in inbox.rglob("*") if path.is_file()]
    unreadable = [path for path in files if not os.access(path, os.R_OK)]
    if unreadable:
        text = f"{len(unreadable)} files in {inbox} cannot be read by this user, such as {unreadable[0].name}"
        yield bad("inbox", text, f"chmod g+r '{unreadable[0]}'")
    else:
        yield ok("inbox", f"{inbox} holds {len(files)} {'file' if len(files) == 1 else 'files'}")


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder, 0 where there is none; what vanishes meanwhile counts nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(parent) / name).lstat().st_size
            except OSError:
                continue
    return total


def _folders(parent: Path) -> list[Path]:
    return [path for path in parent.iterdir() if path.is_dir()] if parent.is_dir() else []


def _is_open_to_the_world(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IWOTH)


def _has_alert_urls(path: Path) -> bool:
    """Whether addresses of alerts, which hold passwords and tokens, stand in the file itself."""
    try:
        alerts = tomllib.loads(path.read_text(encoding="utf-8")).get("alerts", {})
    except FileNotFoundError:
        return False
    return bool(alerts.get("urls"))
