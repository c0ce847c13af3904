"""What an entry of the catalogue holds: a published number in terms of the relation that its clients stand in."""

from dataclasses import dataclass
from typing import Literal

from pipelines.explain.answer import Unit
from pipelines.explain.relations import Relation

Detail = Literal["arr", "expansion", "revenue", "tier", "bands", "events", "responses", "opportunities", "contracts"]
View = Literal["contributions", "kpis", "scorecard"]


@dataclass(frozen=True)
class Ratio:
    """Signed parts over a part, times `scale`. `baseline` is what stands when nothing happened: 1 for NRR, else 0."""

    numerator: tuple[str, ...]
    denominator: str
    baseline: int = 0
    scale: int = 1


@dataclass(frozen=True)
class Metric:
    """A published number.

    It is the sum of the part `total`, or the first of `ratios` less the others (then in percentage points), or the
    product over the window's months of the ratio in `monthly`. `shown` are the parts listed with each client, `detail`
    the way down to one client's lines, `only_segment` the one segment that has it, `nothing` why it can be n/a.
    `segments` narrows what can be asked, `view` says where a number does not come from clients at all, `has_effects`
    whether what one client moves it by is worth saying, `can_be_as_of_run` whether it has a row for the run's day.
    """

    name: str
    title: str
    formula: str
    unit: Unit
    table: str
    relation: Relation
    shown: tuple[str, ...] = ()
    total: str | None = None
    ratios: tuple[Ratio, ...] = ()
    monthly: Ratio | None = None
    detail: Detail = "arr"
    only_segment: str | None = None
    has_start: bool = True
    nothing: str = ""
    view: View = "contributions"
    has_effects: bool = True
    scores_clients: bool = False
    can_be_as_of_run: bool = False
