"""Files for others: exports of the current release, and whether one of them is as it was written."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import Home
from pipelines.exports.kinds import Kind

commands = typer.Typer()


@commands.command()
def export(
    home: Home = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder to write into. Default: <home>/exports/<release>.")
    ] = None,
    only: Annotated[Kind | None, typer.Option(help="Only the files of one kind.")] = None,
) -> None:
    """Write the current release as files: Parquet, a finance workbook, an extract for each account manager."""
    from pipelines.exports.write import export_current
    from pipelines.settings import load_settings

    for path in export_current(load_settings(home), out, only):
        typer.echo(str(path))


@commands.command()
def verify(file: Annotated[Path, typer.Argument(help="A .parquet, .xlsx or .duckdb file of `tenure export`.")]) -> None:
    """Say whether an exported file is intact, edited or cut, and where. Ends with 2 unless its values are unchanged."""
    from pipelines.exports.verify import verify as verdict_of

    verdict = verdict_of(file)
    typer.echo(str(verdict))
    if not verdict.is_good:
        raise typer.Exit(2)
