"""The metrics that an explanation takes apart, made of the catalogue's entries and the relations that they name."""

from pipelines.explain import relations, service_relations
from pipelines.explain.entries import Entry, Explained, catalogue
from pipelines.explain.metric import Metric
from pipelines.explain.relations import SEGMENTS, Relation

RELATIONS = {
    relation.name: relation
    for module in (relations, service_relations)
    for relation in vars(module).values()
    if isinstance(relation, Relation)
}
NEVER = "it always has a value"


def windows(entry: Entry) -> tuple[int, ...]:
    """The months that a number may look back on, its own last; empty for a number of one month."""
    return RELATIONS[entry.explain.relation].windows if entry.explain and entry.source.window else ()


def _only_segment(entry: Entry) -> str | None:
    return (
        entry.dimensions[0]
        if len(entry.dimensions) == 1 and entry.dimensions[0] in SEGMENTS and not entry.has_company
        else None
    )


def _metric(entry: Entry, how: Explained) -> Metric:
    return Metric(
        name=entry.name,
        title=entry.title,
        formula=how.formula or entry.formula,
        unit=how.unit or entry.unit,
        table=entry.table,
        relation=RELATIONS[how.relation],
        shown=how.shown,
        total=how.total,
        ratios=how.ratios,
        monthly=how.monthly,
        detail=how.detail,
        only_segment=_only_segment(entry),
        has_start=how.has_start,
        nothing=how.nothing or entry.nothing or NEVER,
        view=how.view,
        has_effects=how.has_effects,
        scores_clients=how.scores_clients,
        can_be_as_of_run=how.can_be_as_of_run,
    )


def _explained(*themes: str) -> tuple[Metric, ...]:
    """In the order of the file."""
    return tuple(
        _metric(entry, entry.explain)
        for entry in catalogue().entries.values()
        if entry.explain and entry.theme in themes
    )


REVENUE_METRICS = _explained("retention", "amounts")
SERVICE_METRICS = _explained("service", "kpis")
METRICS: dict[str, Metric] = {metric.name: metric for metric in (*REVENUE_METRICS, *SERVICE_METRICS)}
