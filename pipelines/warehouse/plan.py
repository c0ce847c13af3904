"""The plan of a build: dbt's own statements for every node, kept for each state of the project.

What dbt sends to the engine depends on nothing but the project's files: what a run needs to know (as-of day, company's
policy, ...) are rows in the build. So dbt builds each state of the project once, on an empty lake (`record.py`), and a
night only sends the statements again (`execute.py`): importing, parsing and rendering were half of a build's time. This
module imports nothing heavy.
"""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path
from typing import Self

from filelock import FileLock

from pipelines.settings import PROJECT_ROOT
from pipelines.warehouse.project import TARGET, manifest_path, project_hash

FILE = TARGET / "plan.json"
PACKAGES = ("dbt-core", "dbt-adapters", "dbt-duckdb", "duckdb")
OWN_CODE = (Path(__file__), Path(__file__).with_name("record.py"))
TEST = "test"


@dataclass(frozen=True)
class Question:
    """A data test. `count`: gives one row of failures, should_warn, should_error; `rows`: the rows that fail."""

    count: str
    rows: str
    severity: str
    fails_if: str
    warns_if: str


@dataclass(frozen=True)
class PlanNode:
    """A model or seed with the statements that make it, or a test with its question.

    `needs`: unique ids of the models and seeds that it reads. `after`: of all that must be well before it, `needs` and
    the tests of what stands above it.
    """

    unique_id: str
    resource_type: str
    name: str
    needs: list[str]
    after: list[str]
    statements: list[str]
    question: Question | None


@dataclass(frozen=True)
class Plan:
    """All nodes, parents first. `schemas`: statements before any node's. `state`: what the plan was made of."""

    state: str
    schemas: list[str]
    nodes: list[PlanNode]

    def only(self, names: Collection[str]) -> Self:
        """The part that makes the named models and seeds, with all they stand on, and the tests of nothing else."""
        chosen: set[str] = set()
        for node in reversed(self.nodes):
            if node.unique_id in chosen or (node.name in names and node.question is None):
                chosen |= {node.unique_id, *node.needs}
        tests = {node.unique_id for node in self.nodes if node.question and chosen.issuperset(node.needs)}
        nodes = [node for node in self.nodes if node.unique_id in chosen | tests]
        return type(self)(self.state, self.schemas, nodes)


def current_plan() -> Plan:
    """The plan of the project as it is now; made by dbt where there is none yet (some 20 s)."""

    def make(state: str) -> Plan:
        from pipelines.warehouse.record import record

        return record(state)

    return kept_plan(FILE, PACKAGES, OWN_CODE, make)


def kept_plan(file: Path, packages: Collection[str], code: Collection[Path], make: Callable[[str], Plan]) -> Plan:
    """The plan in a file, made anew where the project, the packages or our own code changed since."""
    state = _state(packages, code)
    TARGET.mkdir(exist_ok=True)
    with FileLock(file.with_suffix(".lock")):
        plan = _read(file, state)
        if plan is None:
            plan = make(state)
            _write(file, plan)
    return plan


def parents_first(nodes: dict[str, PlanNode]) -> list[PlanNode]:
    """The nodes, each after all that must be well before it; the same order in every run."""
    order = TopologicalSorter({unique_id: nodes[unique_id].after for unique_id in sorted(nodes)})
    return [nodes[unique_id] for unique_id in order.static_order()]


def prepare() -> None:
    """Make what is derived from the dbt project, where it is not up to date: the manifest, the plan, the catalogue."""
    from pipelines.warehouse.catalogue import current_catalogue

    manifest_path()
    current_catalogue()


def _state(packages: Collection[str], code: Collection[Path]) -> str:
    """Changes whenever the plan could: the project's files, its place (seeds are read from there), the tools."""
    tools = [f"{name} {version(name)}" for name in packages]
    texts = [path.read_text(encoding="utf-8") for path in code]
    return hashlib.sha256("\n".join([project_hash(), str(PROJECT_ROOT), *tools, *texts]).encode()).hexdigest()


def _read(file: Path, state: str) -> Plan | None:
    content = json.loads(file.read_bytes()) if file.exists() else {"state": None}
    if content["state"] != state:
        return None
    nodes = [
        PlanNode(**{**node, "question": Question(**node["question"]) if node["question"] else None})
        for node in content["nodes"]
    ]
    return Plan(content["state"], content["schemas"], nodes)


def _write(file: Path, plan: Plan) -> None:
    unfinished = file.with_suffix(".part")
    unfinished.write_text(json.dumps(asdict(plan), indent=1), encoding="utf-8")
    unfinished.replace(file)
