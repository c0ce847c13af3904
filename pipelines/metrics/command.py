"""`tenure metric` from question to text: opens a release for its reader, asks, writes in the wanted format."""

import datetime as dt

from pipelines.metrics.question import Question
from pipelines.metrics.report import checked, written
from pipelines.metrics.values import ask
from pipelines.release.backfills import find_backfill
from pipelines.serving.access import reader_named
from pipelines.serving.release import open_release
from pipelines.settings import Settings


def answered(
    settings: Settings, question: Question, format: str, login: str | None = None, as_of: dt.date | None = None
) -> str:
    """The figures as text ending in a newline, as the person of that login may see them (None: everything).

    `as_of` is any day of a month that was rebuilt. Raises UserError where there is no such metric, figure or format.
    """
    checked(format)
    folder = find_backfill(settings, as_of).path if as_of else settings
    with open_release(folder, reader_named(settings, login)) as release:
        return written(ask(release, question), format)
