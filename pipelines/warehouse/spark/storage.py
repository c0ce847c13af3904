"""Parquet that this machine and the cluster both reach: a folder, or an object store by its URL."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipelines.errors import UserError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds


@dataclass(frozen=True)
class Storage:
    """A folder, by the address that Spark uses for it (a path, or such as s3a://bucket/folder)."""

    url: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", self.url.rstrip("/"))

    def at(self, *names: str) -> str:
        """The address of something in it."""
        return "/".join((self.url, *names))

    def write(self, table: "pa.Table", *names: str) -> str:
        """Keeps a table as one Parquet file in the named folder; the folder's address."""
        import pyarrow.parquet as pq

        files, root = self._open()
        folder = "/".join((root, *names))
        files.create_dir(folder, recursive=True)
        pq.write_table(table, f"{folder}/part.parquet", filesystem=files)
        return self.at(*names)

    def read(self, *names: str) -> "ds.Dataset":
        """What Spark wrote there. Raises UserError where it wrote nothing: success alone is no proof of a table."""
        import pyarrow.dataset as ds

        files, root = self._open()
        paths = [f"{'/'.join((root, *names))}/{file}" for file in self.parquet_in(*names)]
        if not paths:
            raise UserError(
                f"Spark left no table {'.'.join(names)}", where=self.at(*names), done="nothing was published",
                do="let [engine] scratch name a folder or bucket that this machine and the whole cluster can reach",
            )  # fmt: skip
        return ds.dataset(paths, filesystem=files, format="parquet")

    def parquet_in(self, *names: str) -> list[str]:
        """The names of the Parquet files in the named folder; none where there is no such folder."""
        from pyarrow.fs import FileSelector

        files, root = self._open()
        found = files.get_file_info(FileSelector("/".join((root, *names)), allow_not_found=True))
        return sorted(file.base_name for file in found if file.base_name.endswith(".parquet"))

    @contextlib.contextmanager
    def emptied_at_end(self) -> Iterator[None]:
        """Removes the folder and all in it afterwards; a failure of that never hides one of the work itself."""
        try:
            yield
        except BaseException:
            with contextlib.suppress(OSError, UserError):
                self._remove()
            raise
        self._remove()

    def _remove(self) -> None:
        files, root = self._open()
        files.delete_dir_contents(root, missing_dir_ok=True)
        if not urlsplit(self.url).scheme and Path(root).exists():
            Path(root).rmdir()

    def _open(self) -> tuple["pa.fs.FileSystem", str]:
        from pyarrow.fs import FileSystem, LocalFileSystem

        if not urlsplit(self.url).scheme:
            return LocalFileSystem(), self.url
        # Hadoop calls Amazon's protocol s3a; everyone else calls it s3.
        try:
            files, root = FileSystem.from_uri(self.url.replace("s3a://", "s3://", 1))
        except (OSError, ValueError) as error:
            raise UserError(
                f"this machine cannot open {self.url}: {error}", where="[engine] lake or scratch",
                done="nothing was published", do="correct the address, or what gives this machine its rights there",
            ) from None  # fmt: skip
        return files, root
