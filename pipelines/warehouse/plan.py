"""The plan of a build: dbt's own statements for every node, kept for each state of the project.

What dbt sends to the engine depends on nothing but the project's files: what a run needs to know (as-of day, company's
policy, ...) are rows in the build. So dbt builds each state of the project once, on an empty lake (`record.py`), and a
night only sends the statements again (`execute.py`): importing, parsing and rendering were half of a build's time. This
module imports nothing heavy.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
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
    state = _state()
    TARGET.mkdir(exist_ok=True)
    with FileLock(FILE.with_suffix(".lock")):
        plan = _read(state)
        if plan is None:
            from pipelines.warehouse.record import record

            plan = record(state)
            _write(plan)
    return plan


def prepare() -> None:
    """Make what is derived from the dbt project, where it is not up to date: the manifest, the plan, the catalogue."""
    from pipelines.warehouse.catalogue import current_catalogue

    manifest_path()
    current_catalogue()


def _state() -> str:
    """Changes whenever the plan could: the project's files, its place (seeds are read from there), the tools."""
    tools = [f"{name} {version(name)}" for name in PACKAGES]
    code = [path.read_text(encoding="utf-8") for path in OWN_CODE]
    return hashlib.sha256("\n".join([project_hash(), str(PROJECT_ROOT), *tools, *code]).encode()).hexdigest()


def _read(state: str) -> Plan | None:
    content = json.loads(FILE.read_bytes()) if FILE.exists() else {"state": None}
    if content["state"] != state:
        return None
    nodes = [
        PlanNode(**{**node, "question": Question(**node["question"]) if node["question"] else None})
        for node in content["nodes"]
    ]
    return Plan(content["state"], content["schemas"], nodes)


def _write(plan: Plan) -> None:
    unfinished = FILE.with_suffix(".part")
    unfinished.write_text(json.dumps(asdict(plan), indent=1), encoding="utf-8")
    unfinished.replace(FILE)
