"""dbt's manifest as assets and checks: names, layers, lineage, descriptions, columns.

The library for this imports all of dbt (3 s) to read the same JSON; a build is made in a process of its own, so its
results arrive as plain data (`warehouse.py` turns them into events).
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import dagster as dg

LAKE = "lake"
BUILT = ("model", "seed")


class DbtGraph:
    """The dbt project as its manifest.json describes it. Nodes are named by dbt's unique ids."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._manifest = manifest

    @cached_property
    def entities(self) -> list[str]:
        """The entities the project reads from the lake: what landing has to bring."""
        return sorted(source["name"] for source in self._manifest["sources"].values() if source["source_name"] == LAKE)

    @cached_property
    def keys(self) -> dict[str, dg.AssetKey]:
        """Asset key by unique id: `schema/table` of what dbt builds, `source/table` of what it reads."""
        built = {
            unique_id: dg.AssetKey([node["config"]["schema"], node["alias"]])
            for unique_id, node in self._manifest["nodes"].items()
            if node["resource_type"] in BUILT
        }
        read = {
            unique_id: dg.AssetKey([source["source_name"], source["name"]])
            for unique_id, source in self._manifest["sources"].items()
        }
        return {**built, **read}

    @cached_property
    def check_keys(self) -> dict[str, dg.AssetCheckKey]:
        """Check key by unique id of each test: a check of the table it is about, the first that it names."""
        return {unique_id: spec.key for unique_id, spec in self._checks}

    def asset_specs(self) -> Iterator[dg.AssetSpec]:
        """One asset a model or seed."""
        for unique_id, node in self._manifest["nodes"].items():
            if node["resource_type"] in BUILT:
                yield dg.AssetSpec(
                    self.keys[unique_id],
                    deps=[self.keys[parent] for parent in _parents(node) if parent in self.keys],
                    description=node["description"] or None,
                    group_name=node["config"]["schema"],
                    kinds={"dbt", "duckdb"},
                    code_version=node["checksum"]["checksum"],
                    skippable=True,
                    metadata={"dagster/column_schema": _column_schema(node), "dbt/file": node["original_file_path"]},
                )

    def check_specs(self) -> list[dg.AssetCheckSpec]:
        """One check a test; those that can fail a build keep later steps from running."""
        return [spec for _, spec in self._checks]

    @cached_property
    def _checks(self) -> list[tuple[str, dg.AssetCheckSpec]]:
        found = []
        for unique_id, node in self._manifest["nodes"].items():
            about = [self.keys[parent] for parent in _parents(node) if parent in self.keys]
            if node["resource_type"] == "test" and about:
                spec = dg.AssetCheckSpec(
                    node["name"],
                    asset=about[0],
                    additional_deps=about[1:],
                    description=node["description"] or None,
                    blocking=node["config"]["severity"].lower() == "error",
                )
                found.append((unique_id, spec))
        return found


def _parents(node: Mapping[str, Any]) -> list[str]:
    """Unique ids of what a node reads, each once; of a test of a model, that model first."""
    parents = node.get("depends_on", {}).get("nodes", [])
    attached = [node["attached_node"]] if node.get("attached_node") else []
    return list(dict.fromkeys([*attached, *parents]))


def _column_schema(node: Mapping[str, Any]) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(column["name"], type=column.get("data_type") or "unknown", description=column["description"])
            for column in node["columns"].values()
        ]
    )
