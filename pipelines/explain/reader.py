"""Rows of a release as plain dictionaries, without a data frame: an explanation is a few hundred rows at most."""

import contextlib
import re
import sys
from collections.abc import Iterator
from typing import Any

from pipelines.serving.release import Release

PARAMETER = re.compile(r"\$([a-z_]+)")


def read(release: Release, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of one query. Values stand in the SQL as $name and are bound, never written into it."""
    wanted = {name: parameters[name] for name in PARAMETER.findall(sql)}
    with _without_pandas():
        cursor = release.connection.execute(sql, wanted)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextlib.contextmanager
def _without_pandas() -> Iterator[None]:
    """DuckDB loads pandas to compare bound values with its nulls, which costs a second; absent, it does without."""
    if "pandas" in sys.modules:
        yield
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]  # None is how an import is made to fail
    try:
        yield
    finally:
        del sys.modules["pandas"]
