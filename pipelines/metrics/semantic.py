"""dbt's metrics, written from the catalogue: `python -m pipelines.metrics.semantic` writes the file anew.

A metric of the catalogue has a form here where it is a sum, or a ratio of sums, of rows that a semantic model has.
Parts that are no metric of the catalogue become metrics of their own, called after their measure: dbt divides metrics.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from pipelines.explain.catalogue import windows
from pipelines.explain.entries import Entry, Explained, Semantic, catalogue
from pipelines.explain.metric import Ratio
from pipelines.release.restatements.figures import WINDOWS as SUFFIXES
from pipelines.settings import PROJECT_ROOT

FILE = PROJECT_ROOT / "dbt_project" / "models" / "semantic" / "metrics.yml"
HEAD = """\
# Written by `python -m pipelines.metrics.semantic` from pipelines/explain/catalogue.toml: change it there.
# A name without a suffix is the metric over its own window; _1m, _3m and _12m are the other ones.
"""
PART = "A sum that other metrics divide."
Metric = dict[str, Any]


def is_semantic(entry: Entry) -> bool:
    """Whether rows of a semantic model add up to the metric, for the company as for its parts."""
    how = entry.explain
    is_sum = how is not None and how.relation in catalogue().semantic and bool(how.total or how.ratios)
    return is_sum and entry.semantic and entry.has_company


def metrics() -> list[Metric]:
    """All metrics of the semantic layer as dbt's yml has them: those of the catalogue, then the parts they need."""
    own = [metric for form in forms() for metric in form.metrics()]
    parts = {part["name"]: part for form in forms() for part in form.parts()}
    known = {metric["name"] for metric in own}
    return [*own, *(part for name, part in parts.items() if name not in known)]


def forms() -> list["Form"]:
    """Every metric that has a form here, over each of its windows, its own first."""
    return [Form(entry, window) for entry in _entries() for window in reversed(windows(entry) or (None,))]


def as_yaml() -> str:
    """The file's text."""
    return HEAD + yaml.safe_dump({"metrics": metrics()}, sort_keys=False, allow_unicode=True, width=120)


def _entries() -> list[Entry]:
    return [entry for entry in catalogue().entries.values() if is_semantic(entry)]


@dataclass(frozen=True)
class Form:
    """A metric of the catalogue over one of its windows (None: it has none)."""

    entry: Entry
    window: int | None

    @property
    def how(self) -> Explained:
        assert self.entry.explain is not None
        return self.entry.explain

    @property
    def rows(self) -> Semantic:
        return catalogue().semantic[self.how.relation]

    @property
    def suffix(self) -> str:
        if self.window is None or self.window == windows(self.entry)[-1]:
            return ""
        return SUFFIXES[self.window] or f"_{self.window}m"

    @property
    def name(self) -> str:
        return self.entry.name + self.suffix

    def metrics(self) -> Iterator[Metric]:
        """The metric itself, and where its rows have both bases the one on the other."""
        months = f", {self.window} month" + ("s" if self.window != 1 else "")
        title = self.entry.title + (months if self.suffix else "")
        yield self._described(self.name, title, self._sum(self.how.total) if self.how.total else self._divided())
        others = [part for part in self.how.shown if part != self.how.total]
        if self.entry.source.basis and self.entry.basis == "cc" and others:
            yield self._described(f"reported_{self.name}", f"{title}, reported", self._sum(others[0]))

    def parts(self) -> Iterator[Metric]:
        """The sums that a ratio divides, as metrics."""
        for part in sorted({name for ratio in self.how.ratios for name in _names(ratio)}):
            name = self._part(part)
            yield {"name": name, "label": name.replace("_", " "), "description": PART, **self._sum(part)}

    def _described(self, name: str, title: str, body: Metric) -> Metric:
        entry = self.entry
        meta = {"unit": str(entry.unit), "owner": entry.owner, "book": entry.book, "published": entry.published}
        if self.window:
            meta["window_months"] = str(self.window)
        return {"name": name, "label": title, "description": entry.formula, **body, "config": {"meta": meta}}

    def _sum(self, part: str) -> Metric:
        is_last = self.rows.has_both_sums and self.entry.over_time == "last"
        measure: Metric = {"name": f"{self.rows.measures}_{part}" + ("_last" if is_last else "")}
        if part in self.rows.parts:
            measure["fill_nulls_with"] = 0  # rows, but none of this kind: the part is known, and it is 0
        conditions = [self._filled(text) for text in (self._own_rows(), self.rows.parts.get(part)) if text]
        return {
            "type": "simple",
            "type_params": {"measure": measure if len(measure) > 1 else measure["name"]},
            **({"filter": " and ".join(conditions)} if conditions else {}),
        }

    def _own_rows(self) -> str | None:
        """The condition of the sums; one that names the metric belongs to the ratio, whose sums others divide too."""
        return None if self._is_named else self.rows.rows

    @property
    def _is_named(self) -> bool:
        return "{name}" in (self.rows.rows or "")

    def _filled(self, text: str) -> str:
        return text.replace("{window}", str(self.window)).replace("{name}", self.entry.name)

    def _part(self, part: str) -> str:
        """The metric of a sum: the catalogue's where it has one."""
        for entry in _entries():
            other = Form(entry, self.window)
            if other.how.total == part and other.rows == self.rows:
                return other.name
        measure = self._sum(part)["type_params"]["measure"]
        return (measure if isinstance(measure, str) else str(measure["name"])) + self.suffix

    def _divided(self) -> Metric:
        if len(self.how.ratios) > 1:
            return self._difference()
        [ratio] = self.how.ratios
        below = self._part(ratio.denominator)
        if len(ratio.numerator) == 1 and ratio.scale == 1:
            above = self._part(ratio.numerator[0][1:])
            body: Metric = {"type": "ratio", "type_params": {"numerator": above, "denominator": below}}
        else:
            terms = "".join(f" {term[0]} {self._part(term[1:])}" for term in ratio.numerator).removeprefix(" + ")
            scale = f"{ratio.scale} * " if ratio.scale != 1 else ""
            names = sorted({self._part(name) for name in _names(ratio)})
            body = {
                "type": "derived",
                "type_params": {"expr": f"{scale}({terms}) / nullif({below}, 0)", "metrics": names},
            }
        return {**body, "filter": self._filled(self.rows.rows)} if self._is_named and self.rows.rows else body

    def _difference(self) -> Metric:
        """The first ratio less the second, in percentage points; each is a metric of the catalogue."""
        first, second = (self._metric_of(ratio) for ratio in self.how.ratios)
        return {
            "type": "derived",
            "type_params": {"expr": f"100 * ({first} - {second})", "metrics": [first, second]},
        }

    def _metric_of(self, ratio: Ratio) -> str:
        return next(
            other.name
            for other in (Form(entry, self.window) for entry in _entries())
            if other.how.ratios == (ratio,) and other.rows == self.rows
        )


def _names(ratio: Ratio) -> set[str]:
    return {ratio.denominator, *(term[1:] for term in ratio.numerator)}


if __name__ == "__main__":
    FILE.write_text(as_yaml(), encoding="utf-8")
