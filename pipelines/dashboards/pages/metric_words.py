"""Metrics as people read them: titles, and values each in its own unit, as the catalogue has them."""

from __future__ import annotations

from pipelines.dashboards import wording
from pipelines.explain.answer import Unit
from pipelines.explain.entries import catalogue


def metric_title(name: str) -> str:
    """A metric of the book as people call it."""
    known = catalogue().entries.get(name)
    return known.title if known else wording.sentence_case(name.replace("_", " "))


def metric_value(name: str, value: float | None) -> str:
    """A metric's value in its own unit: 104.2 %, 52.0, 3.9 m."""
    if value is None:
        return wording.NOT_AVAILABLE
    known = catalogue().entries.get(name)
    unit = known.unit if known else Unit.SCORE
    if unit is Unit.RATE:
        return wording.percent(value)
    if unit is Unit.MONEY:
        return wording.money(value)
    if unit is Unit.COUNT:
        return f"{value:,.0f}"
    return wording.points(value)


def metric_target(name: str, value: float | None) -> str:
    """A target as `metric_value`, with a decimal only where it has one."""
    return metric_value(name, value).replace(f".0{wording.THIN}%", f"{wording.THIN}%").removesuffix(".0")
