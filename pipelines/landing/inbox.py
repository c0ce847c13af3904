"""What lies in the inbox: which files are ready, which are still being written, which are not for us.

The inbox is only ever read. Contents are looked at in `run.py`, formats in the connectors.
"""

from __future__ import annotations

import os
import stat
import time
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.errors import UserError

# Endings programs give a file until it is complete.
PARTIAL_ENDINGS = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart")
_UNSEEN = {"Cc", "Cf", "Zl", "Zp"}  # control and format characters, line and paragraph separators
_JUNK_NAMES = {"thumbs.db", "desktop.ini", "readme.md", "readme.txt", "readme"}
ARCHIVE_ENDINGS = (".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".zst")

# A file untouched for this long is taken as complete; a younger one is looked at twice, this far apart.
SETTLED_AFTER_SECONDS = 5.0
SECOND_LOOK_SECONDS = 0.3


@dataclass(frozen=True)
class FileProblem:
    """A file that was not landed: what is wrong with it and what to do."""

    file_name: str
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.file_name}: {self.what.rstrip('.')}. {self.do}"


@dataclass(frozen=True)
class InboxFile:
    """A complete file: where it is, and its name relative to the inbox."""

    path: Path
    name: str
    size: int
    modified_ns: int

    def has_changed(self) -> bool:
        """Whether it is no longer the file that was found (also when it is gone)."""
        try:
            now = os.lstat(self.path)
        except OSError:
            return True
        return (now.st_size, now.st_mtime_ns) != (self.size, self.modified_ns)


@dataclass
class InboxListing:
    """Complete files in byte order of their names, and what was left alone."""

    ready: list[InboxFile] = field(default_factory=list)
    waiting: list[FileProblem] = field(default_factory=list)
    refused: list[FileProblem] = field(default_factory=list)


def scan(inbox: Path) -> InboxListing:
    """List the inbox and its folders. A missing inbox is an empty one."""
    listing = InboxListing()
    folders = [inbox] if inbox.is_dir() else []
    while folders:  # a list, not recursion: folders can be nested deeper than Python may recurse
        folders += _scan_folder(folders.pop(), inbox, listing)
    _second_look(listing)
    listing.ready.sort(key=lambda file: os.fsencode(file.name))
    return listing


def look_at(path: Path, inbox: Path) -> InboxListing:
    """One file or link, by the rules that `scan` has for what lies in the inbox."""
    listing = InboxListing()
    if _is_junk(path.name):
        problem = "its name is that of a hidden file, a backup or a README, which are passed over"
        listing.refused.append(FileProblem(_name(path, inbox), problem, "Give an export a name of its own."))
    elif path.is_symlink():
        listing.refused.append(_link(path, inbox))
    else:
        _add_file(path, inbox, listing)
    return listing


def _link(path: Path, inbox: Path) -> FileProblem:
    problem = "it is a link; only real files inside the inbox are read"
    return FileProblem(_name(path, inbox), problem, "Copy the file into the inbox.")


def _scan_folder(folder: Path, inbox: Path, listing: InboxListing) -> list[Path]:
    """Take in the folder's files; gives the folders in it."""
    folders: list[Path] = []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        if folder == inbox:
            raise UserError(
                f"the inbox cannot be read: {error.strerror}",
                where=str(inbox),
                done="nothing was landed or published; the release before, if there is one, stays live",
                do="give this user the right to read the folder, or name another one with --inbox",
            ) from None
        name = _name(folder, inbox)
        listing.refused.append(FileProblem(name, f"the folder cannot be opened: {error.strerror}", "Check its rights."))
        return folders
    for entry in entries:
        path = Path(entry.path)
        if _is_junk(entry.name):
            continue
        if entry.is_symlink():
            listing.refused.append(_link(path, inbox))
        elif entry.is_dir(follow_symlinks=False):
            folders.append(path)
        else:
            _add_file(path, inbox, listing)
    return folders


def _add_file(path: Path, inbox: Path, listing: InboxListing) -> None:
    name = _name(path, inbox)
    if name.lower().endswith(PARTIAL_ENDINGS):
        listing.waiting.append(FileProblem(name, "it is still being written", "It is read once it has its own name."))
        return
    try:
        about = os.lstat(path)
    except OSError as error:
        listing.refused.append(FileProblem(name, f"it cannot be read: {error.strerror}", "Check its rights."))
        return
    if not stat.S_ISREG(about.st_mode):
        listing.refused.append(FileProblem(name, "it is no regular file", "Put exports into the inbox as files."))
    elif name.lower().endswith(ARCHIVE_ENDINGS):
        listing.refused.append(FileProblem(name, "archives are not opened", "Unpack it into the inbox."))
    else:
        listing.ready.append(InboxFile(path, name, about.st_size, about.st_mtime_ns))


def _second_look(listing: InboxListing) -> None:
    """Files that change while we look are half written: they wait for the next run."""
    now = time.time_ns()
    young = [file for file in listing.ready if abs(now - file.modified_ns) < SETTLED_AFTER_SECONDS * 1e9]
    if not young:
        return
    time.sleep(SECOND_LOOK_SECONDS)
    changing = {file.name for file in young if file.has_changed()}
    listing.ready = [file for file in listing.ready if file.name not in changing]
    listing.waiting += [still_changing(name) for name in sorted(changing)]


def still_changing(name: str) -> FileProblem:
    """The report of a file that changed while it was looked at or read."""
    return FileProblem(name, "its size or time is still changing", "It is read by the next run, once it is complete.")


def _is_junk(name: str) -> bool:
    """Hidden files, office lock files, backups of editors, and the inbox's own README."""
    return name.startswith((".", "~")) or name.endswith("~") or name.lower() in _JUNK_NAMES


def _name(path: Path, inbox: Path) -> str:
    """Relative posix name, fit to be stored and shown: bytes that are no UTF-8 and control characters are spelled out.

    A line break in a name could make a report of one file read like that of another.
    """
    name = os.fsencode(path.relative_to(inbox).as_posix()).decode("utf-8", "backslashreplace")
    return "".join(
        sign.encode("unicode_escape").decode() if unicodedata.category(sign) in _UNSEEN else sign for sign in name
    )
