"""The build: dbt models over the lake, in a warehouse file of its own. Publishing it belongs to `pipelines.release`."""

from pipelines.warehouse.build import build
from pipelines.warehouse.plan import prepare
from pipelines.warehouse.project import manifest_path
from pipelines.warehouse.results import BuildResult, NodeResult

__all__ = ["BuildResult", "NodeResult", "build", "manifest_path", "prepare"]
