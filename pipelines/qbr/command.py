"""`tenure qbr` from options to files: opens the live release, writes PPTX and PDF, never over somebody's edits."""

from functools import partial
from pathlib import Path
from typing import IO

from pipelines.errors import UserError
from pipelines.landing.ledger import write_atomically
from pipelines.qbr.pack import Pack, qbr_pack
from pipelines.serving.release import open_release
from pipelines.settings import Settings


def write_qbr(
    settings: Settings, client: str, quarter: str, folder: Path, is_internal: bool = False, is_forced: bool = False
) -> str:
    """Writes both files into `folder`; says where, and what to know. Raises what `qbr_pack` and `write_pack` raise."""
    with open_release(settings) as release:
        pack = qbr_pack(release, client, quarter, is_internal)
    written = [str(path) for path in write_pack(pack, folder, is_forced)]
    if pack.period.is_provisional:
        written.append(f"{pack.period.name} still runs: every page says that it is provisional.")
    if pack.is_internal:
        written.append("The PPTX has internal speaker notes: not for the client.")
    return "\n".join(written)


def write_pack(pack: Pack, folder: Path, is_forced: bool = False) -> tuple[Path, ...]:
    """Writes both files; those that are the same already are written again, to no effect.

    Raises UserError for a folder that cannot be written, and for a file of that name with other content unless
    `is_forced`: somebody may have edited it.
    """
    files = {folder / f"{pack.stem}.pptx": pack.pptx, folder / f"{pack.stem}.pdf": pack.pdf}
    try:
        edited = [path for path, content in files.items() if path.exists() and path.read_bytes() != content]
        if edited and not is_forced:
            raise UserError(
                "the file is there already with other content; somebody may have edited it",
                where=", ".join(map(str, edited)),
                done="nothing was written",
                do="move it away, give another --out, or write over it with --force",
            )
        for path, content in files.items():
            write_atomically(path, partial(_write, content))
    except OSError as error:
        raise UserError(
            f"the files cannot be written: {error.strerror}", where=str(folder), do="give another folder with --out"
        ) from None
    return tuple(files)


def _write(content: bytes, stream: IO[bytes]) -> None:
    stream.write(content)
