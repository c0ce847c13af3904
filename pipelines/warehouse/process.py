"""The build in a child process: where the project changed, dbt makes its plan (20 s) while exports are landed.

This module is both ends; it imports nothing heavy.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.settings import Settings
from pipelines.worker import Worker, answer_requests

if TYPE_CHECKING:
    from pipelines.warehouse.results import BuildResult


class BuildProcess(Worker):
    """The child that builds; use as a context manager."""

    def __init__(self) -> None:
        super().__init__("the build", "pipelines.warehouse.process")

    def build(self, settings: Settings, build_dir: Path, run_id: str) -> "BuildResult":
        """`pipelines.warehouse.build` in the child: same result, same UserError."""
        from pipelines.warehouse.results import BuildResult, NodeResult

        request = {"settings": settings.model_dump(mode="json"), "build_dir": str(build_dir), "run_id": run_id}
        answer = self.ask(request)
        nodes = [NodeResult(**node) for node in answer["nodes"]]
        return BuildResult(Path(answer["build_dir"]), Path(answer["file"]), nodes, answer["seconds"])


def _build(request: dict[str, Any]) -> dict[str, Any]:
    from pipelines.warehouse.build import build

    result = build(Settings.model_validate(request["settings"]), Path(request["build_dir"]), request["run_id"])
    return {**asdict(result), "build_dir": str(result.build_dir), "file": str(result.file)}


def _warm_up() -> None:
    import duckdb  # noqa: F401  (imported ahead of the first request)
    import holidays  # noqa: F401  (likewise)
    import polars  # noqa: F401  (likewise)

    from pipelines.warehouse.plan import current_plan

    current_plan()


if __name__ == "__main__":
    answer_requests(_build, _warm_up)
