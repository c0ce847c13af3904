"""`tenure explain` from question to text: opens the live release, answers, writes in the format that was asked for."""

import shutil

from pipelines.errors import UserError
from pipelines.explain.engine import explain
from pipelines.explain.export import as_csv, as_json
from pipelines.explain.question import Question
from pipelines.explain.terminal import as_text
from pipelines.serving.release import open_release
from pipelines.settings import Settings


def explained(settings: Settings, question: Question, is_json: bool = False, is_csv: bool = False) -> str:
    """The answer as text ending in a newline. Raises UserError where the live release does not have what was asked."""
    if is_json and is_csv:
        raise UserError("--json and --csv exclude each other", do="leave one of them out")
    with open_release(settings) as release:
        answer = explain(release, question)
    if is_json:
        return as_json(answer)
    return as_csv(answer) if is_csv else as_text(answer, shutil.get_terminal_size((140, 40)).columns)
