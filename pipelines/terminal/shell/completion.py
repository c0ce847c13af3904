"""What may be typed next: commands, tables, columns, metrics, keywords and functions, by where the cursor stands.

Everything comes from the reader's own catalogue: a name they may not see is never offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from pipelines.exports.answers import BINARY
from pipelines.exports.kinds import Format
from pipelines.terminal.shell.catalogue import PUBLIC, Catalogue, Table

KEYWORDS = (
    "select, distinct, from, where, and, or, not, in, is, null, like, ilike, between, exists, inner join, left join,"
    " full join, cross join, on, using, group by, having, order by, asc, desc, nulls last, nulls first, limit, offset,"
    " union all, except, intersect, with, as, case, when, then, else, end, cast, over, partition by, qualify, filter,"
    " interval, date, true, false, describe, summarize, show all tables, explain, pivot, unpivot, values, all"
)
BEFORE_TABLE = re.compile(r"\b(from|join|describe|desc|summarize|table)\s+[\w.\"]*$", re.IGNORECASE)
MENTIONED = re.compile(r"\b(?:from|join)\s+([\w.\"]+)(?:\s+(?:as\s+)?(\w+))?", re.IGNORECASE)
WORD = re.compile(r"[\w.\"]*$")
LEAST_OF_FUNCTION = 2  # letters before functions are offered: there are hundreds
META = 60  # characters said about a completion

Offer = tuple[str, str]  # text and what it is


class SqlCompleter(Completer):
    """Completions for one catalogue; `catalogue` is asked each time, for the release may have been opened anew."""

    def __init__(self, catalogue: Callable[[], Catalogue], commands: Iterable[str], functions: Iterable[str]) -> None:
        self._catalogue = catalogue
        self._commands = list(commands)
        self._functions = sorted(functions)
        self._keywords = KEYWORDS.split(", ")
        self._paths = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        line = document.current_line_before_cursor
        if line.lstrip().startswith("\\"):
            yield from self._of_command(document, line.lstrip(), complete_event)
            return
        before = document.text_before_cursor
        if before.count("'") % 2:  # inside a string
            return
        found = WORD.search(before)
        word = found.group() if found else ""
        if not (word or BEFORE_TABLE.search(before) or complete_event.completion_requested):
            return  # a menu after every space would be in the way
        offers = self._of_sql(before, document.text, word)
        yield from _matching(word.rpartition(".")[2] if "." in word else word, offers)

    def _of_command(self, document: Document, line: str, event: CompleteEvent) -> Iterator[Completion]:
        name, space, argument = line.partition(" ")
        if not space:
            yield from _matching(name, ((command, "") for command in self._commands), is_prefix=True)
        elif name in (r"\d", r"\dt"):
            schemas = [(schema, "schema") for schema in self._catalogue().schemas]
            yield from _matching(argument, [*schemas, *self._tables()])
        elif name == r"\format":
            yield from _matching(argument, ((form.value, "") for form in Format if form not in BINARY))
        elif name == r"\o":
            inner = Document(argument, len(argument))
            yield from self._paths.get_completions(inner, event)

    def _of_sql(self, before: str, text: str, word: str) -> Iterable[Offer]:
        mentioned = self._mentioned(text)
        if "." in word:
            head = word.rpartition(".")[0].strip('"').lower()
            return [*self._tables_in(head), *self._columns(mentioned.get(head, ()))]
        if BEFORE_TABLE.search(before):
            return [*self._tables(), *((f"{schema}.", "schema") for schema in self._catalogue().schemas)]
        offers = list(self._columns({table for tables in mentioned.values() for table in tables}))
        known = {name for name, _ in offers}
        offers += [offer for offer in self._metrics() if offer[0] not in known] if not mentioned else []
        keywords = [(_cased(keyword, word), "") for keyword in self._keywords]
        begun = word.lower() if len(word) >= LEAST_OF_FUNCTION else None
        functions = [(f"{name}(", "function") for name in self._functions if begun and name.startswith(begun)]
        return [*offers, *keywords, *functions]

    def _tables(self) -> Iterator[Offer]:
        catalogue = self._catalogue()
        for table in sorted(catalogue.tables, key=lambda table: (table[0] not in PUBLIC, table)):
            yield ".".join(map(_quoted, table)), catalogue.short(table) or "table"

    def _tables_in(self, schema: str) -> Iterator[Offer]:
        catalogue = self._catalogue()
        for table in catalogue.tables:
            if table[0] == schema:
                yield _quoted(table[1]), catalogue.short(table) or "table"

    def _columns(self, tables: Iterable[Table]) -> Iterator[Offer]:
        catalogue = self._catalogue()
        for table in sorted(tables):
            for column, kind in catalogue.tables[table].items():
                yield _quoted(column), f"{kind}, {table[1]}"

    def _metrics(self) -> Iterator[Offer]:
        """Published numbers that are a column of a table the reader has, for whoever knows the number but not where."""
        from pipelines.explain.catalogue import METRICS

        tables = self._catalogue().tables
        for metric in METRICS.values():
            schema, _, name = metric.table.partition(".")
            if metric.name in tables.get((schema, name), {}):
                yield metric.name, f"{metric.table}: {metric.title}"

    def _mentioned(self, text: str) -> dict[str, list[Table]]:
        """The tables that the statement reads, by their names and by the short names it gives them."""
        found: dict[str, list[Table]] = {}
        catalogue = self._catalogue()
        for name, alias in MENTIONED.findall(text):
            tables = catalogue.named(name)
            for key in {name.replace('"', "").lower(), *(table[1] for table in tables), alias.lower()} - {""}:
                if tables:
                    found[key] = tables
        return found


def _matching(word: str, offers: Iterable[Offer], is_prefix: bool = False) -> Iterator[Completion]:
    """Offers that begin with the word, then those that have a part which does, each once."""
    wanted = word.lower().strip('"')
    ranked: dict[str, tuple[int, str]] = {}
    for text, meta in offers:
        name = text.lower().strip('"')
        parts = [name] if is_prefix else [name, *re.split(r"[._]", name)]
        rank = next((at for at, part in enumerate(parts) if part.startswith(wanted)), None)
        if rank is not None and text not in ranked:
            ranked[text] = (min(rank, 1), meta)
    for text, (_, meta) in sorted(ranked.items(), key=lambda item: item[1][0]):
        yield Completion(text, start_position=-len(word), display_meta=meta[:META])


def _cased(keyword: str, word: str) -> str:
    return keyword.upper() if word.isupper() else keyword


def _quoted(name: str) -> str:
    from pipelines.serving.rules import quoted

    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else quoted(name)
