"""Files for others: the exports of a release, and whether one of them is as it was written."""

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
        Path | None, typer.Option(help="The folder to write into. Without it the release's own files are listed.")
    ] = None,
    only: Annotated[Kind | None, typer.Option(help="Only the files of one kind.")] = None,
    release: Annotated[str | None, typer.Option(help="A past release: its id, or a part of it.")] = None,
) -> None:
    """A release as files: Parquet, a finance workbook, an extract for each account manager."""
    from pipelines.exports.command import export_release, published_files
    from pipelines.settings import load_settings

    settings = load_settings(home)
    paths = export_release(settings, out, release, only) if out else published_files(settings, release, only)
    for path in paths:
        typer.echo(str(path))


@commands.command()
def verify(file: Annotated[Path, typer.Argument(help="A .parquet, .xlsx or .duckdb file of `tenure export`.")]) -> None:
    """Say whether an exported file is intact, edited or cut, and where. Ends with 2 unless its values are unchanged."""
    from pipelines.exports.verify import verify as verdict_of

    verdict = verdict_of(file)
    typer.echo(str(verdict))
    if not verdict.is_good:
        raise typer.Exit(2)
