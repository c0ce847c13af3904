"""The one door to a release for our own code: a locked, read-only connection that shows what its reader may see.

`release` opens a warehouse, `live` the one that is current for as long as a process runs, `principal` and `access` say
who is looking, `rules` and `limited` what they see of each table, `query` runs SQL that a person wrote, `rendering`,
`texts` and `spreadsheets` make text and cells of its answer. Nothing here draws, and nothing outside this room connects
to a published warehouse. Notebooks and scripts begin with `open_release` (docs/sql.md).
"""

from pipelines.serving.release import Release, open_release

__all__ = ["Release", "open_release"]
