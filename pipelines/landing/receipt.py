"""What a landing run did, for people and for the run's metadata."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.landing.connector import Finding

if TYPE_CHECKING:
    from pipelines.landing.inbox import FileProblem
    from pipelines.landing.ledger import EntityCounts, Load


@dataclass(frozen=True)
class LoadedFile:
    """One file that was landed in this run, or landed again from the archive (`is_relanded`)."""

    load_id: str
    file_name: str
    source: str
    entities: dict[str, EntityCounts]
    is_relanded: bool = False

    @classmethod
    def of(cls, load: Load, is_relanded: bool = False) -> LoadedFile:
        return cls(load.load_id, load.file_name, load.source, load.entities, is_relanded)


@dataclass
class LandingReceipt:
    """`files`: landed; `unchanged`: names of files that were landed before; `healed`: landed again because the
    lake was damaged; the rest was left where it is, with why."""

    files: list[LoadedFile] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    waiting: list[FileProblem] = field(default_factory=list)
    unknown: list[FileProblem] = field(default_factory=list)
    refused: list[FileProblem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    healed: list[FileProblem] = field(default_factory=list)

    @property
    def has_news(self) -> bool:
        """Whether the lake changed."""
        return bool(self.files)

    def after(self, earlier: LandingReceipt) -> LandingReceipt:
        """This receipt with what an earlier attempt of the same run landed."""
        landed = {file.file_name for file in earlier.files}
        return LandingReceipt(
            [*earlier.files, *self.files],
            [name for name in self.unchanged if name not in landed],
            self.waiting, self.unknown, self.refused, [*earlier.findings, *self.findings],
            [*earlier.healed, *self.healed],
        )  # fmt: skip

    def total(self, count: str) -> int:
        """Sum of one count (rows_read, rows_landed, rows_duplicate, rows_quarantined) over the landed files."""
        return sum(getattr(counts, count) for file in self.files for counts in file.entities.values())

    def as_metadata(self) -> dict[str, Any]:
        """Plain numbers and texts."""
        counts = ("rows_read", "rows_landed", "rows_duplicate", "rows_quarantined")
        problems = {"waiting": self.waiting, "unknown": self.unknown, "refused": self.refused, "healed": self.healed}
        return {
            "files_landed": sum(not file.is_relanded for file in self.files),
            "files_landed_again": sum(file.is_relanded for file in self.files),
            "files_unchanged": len(self.unchanged),
            **{count: self.total(count) for count in counts},
            **{f"files_{name}": len(files) for name, files in problems.items()},
            **{name: [str(problem) for problem in files] for name, files in problems.items()},
            "findings": [finding.message for finding in self.findings],
        }
