"""Before a row lands and where it stays outside: inspect, quarantine."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import Home

commands = typer.Typer()


@commands.command()
def inspect(
    path: Annotated[Path, typer.Argument(help="An export, or a folder of exports.")],
    home: Home = None,
    rows: Annotated[int, typer.Option(min=1, help="How many rows to show of what would land.")] = 3,
) -> None:
    """Show what landing would make of a file, and why: connector, columns, rows, refusals. Writes nothing."""
    import shutil

    from pipelines.landing.inspect import inspect_path
    from pipelines.settings import load_settings
    from pipelines.terminal.inspection import inspection_text

    inspections = inspect_path(load_settings(home), path)
    typer.echo(inspection_text(inspections, rows, shutil.get_terminal_size((140, 40)).columns), nl=False)
    if not all(inspection.would_land for inspection in inspections):
        raise typer.Exit(2)


@commands.command()
def quarantine(
    home: Home = None,
    limit: Annotated[int, typer.Option(help="How many reasons to list.")] = 20,
    write_mapping: Annotated[
        Path | None, typer.Option(help="Write a map_accounts file to be filled in, such as map_accounts_new.csv.")
    ] = None,
) -> None:
    """List why rows of the current release are set aside, by the money at stake, and what would heal them."""
    from pipelines.serving.quarantine.command import quarantined
    from pipelines.settings import load_settings

    typer.echo(quarantined(load_settings(home), limit, write_mapping))
