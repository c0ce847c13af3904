"""A text parted into statements, by DuckDB's own reading of it: a `;` in a string or a comment ends nothing."""

import duckdb

END = b";"


def parted(text: str) -> tuple[list[str], str]:
    """The statements of a text that are ended by `;`, without it, and what follows the last one."""
    data = text.encode()
    complete, start = [], 0
    for at, _ in duckdb.tokenize(text):  # places in bytes
        if data[at : at + 1] == END:
            complete.append(data[start:at].decode())
            start = at + 1
    return [statement for statement in complete if not is_blank(statement)], data[start:].decode()


def is_blank(text: str) -> bool:
    """Whether a text says nothing: spaces and comments, but no string or comment that is not ended."""
    # Nothing but the mark itself, which a string that is not ended would swallow.
    return [at for at, _ in duckdb.tokenize(f"{text}\n;")] == [len(text.encode()) + 1]
