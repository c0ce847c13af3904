"""The build: dbt models over the lake, in a warehouse file of its own. Publishing it belongs to `pipelines.release`."""

from pipelines.warehouse.build import BuildResult, NodeResult, build
from pipelines.warehouse.project import manifest_path

__all__ = ["BuildResult", "NodeResult", "build", "manifest_path"]
