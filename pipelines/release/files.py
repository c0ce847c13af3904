"""Durable file operations: what is renamed here survives a power cut, whole or not at all.

Only moving bytes belongs here; what the bytes mean belongs to the modules beside this one.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

READ_ONLY = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH  # 0444
CHUNK = 1 << 20


def sha256_of_file(path: Path) -> str:
    """Hex digest of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def fsync(path: Path) -> None:
    """Flush a file, or the entries of a directory, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a whole file or nothing: temporary name, fsync, rename, fsync of the directory.

    `mode` holds from the first byte on, so a secret is never readable for others, not even for a moment.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    fsync(path.parent)


def freeze(directory: Path) -> None:
    """Make every file below a directory read-only and durable. Directories stay writable, to be removable."""
    for path in _files_below(directory):
        path.chmod(READ_ONLY)
        fsync(path)
    for folder in (*(path for path in directory.rglob("*") if path.is_dir()), directory):
        fsync(folder)


def replace_symlink(link: Path, target: Path) -> None:
    """Point `link` at `target` (relative to the link's folder) in one step: readers see the old target or the new."""
    temporary = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target, target_is_directory=True)
    temporary.replace(link)
    fsync(link.parent)


def remove_tree(directory: Path, trash: Path) -> None:
    """Remove a directory without ever leaving half of it under its name: rename it into `trash`, then delete."""
    trash.mkdir(parents=True, exist_ok=True)
    doomed = trash / f".trash-{directory.name}"
    if doomed != directory:
        shutil.rmtree(doomed, ignore_errors=True)
        directory.rename(doomed)
    shutil.rmtree(doomed)


def _files_below(directory: Path) -> Iterator[Path]:
    return (path for path in sorted(directory.rglob("*")) if path.is_file() and not path.is_symlink())
