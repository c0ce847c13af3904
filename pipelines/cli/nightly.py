"""The nightly work and what belongs to it: refresh, backfill, close, the demo company, the installation."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.cli.options import DAY, MONTH, Home

commands = typer.Typer()
fx = typer.Typer(help="Exchange rates.", no_args_is_help=True)
commands.add_typer(fx, name="fx")


@commands.command()
def refresh(
    home: Home = None,
    inbox: Annotated[Path | None, typer.Option(help="Where the exports lie. Default: <home>/inbox.")] = None,
    as_of: Annotated[dt.datetime | None, typer.Option(formats=DAY, help="The last day that counts.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Build even when nothing is new.")] = False,
    engine: Annotated[
        Literal["duckdb", "spark"] | None, typer.Option(help="What builds the tables (docs/scale.md). Default: duckdb.")
    ] = None,
) -> None:
    """Land the exports, build all numbers, audit them, publish them."""
    from pipelines.defs.refresh import refresh as run_refresh
    from pipelines.settings import load_settings
    from pipelines.terminal import Progress, outcome

    settings = load_settings(home, inbox=inbox, as_of=as_of.date() if as_of else None)
    if engine is not None:
        settings = settings.on_engine(engine)
    with Progress() as progress:
        run = run_refresh(settings, progress, force)
    typer.echo(outcome(run))


@commands.command()
def backfill(
    first: Annotated[dt.datetime, typer.Option("--from", formats=MONTH, help="The first month: YYYY-MM.")],
    last: Annotated[dt.datetime, typer.Option("--to", formats=MONTH, help="The last month: YYYY-MM.")],
    home: Home = None,
    force: Annotated[bool, typer.Option("--force", help="Build also what would come out the same.")] = False,
) -> None:
    """Rebuild past months from what is in the lake today, each as of its last day; the live release stays."""
    from pipelines.defs.backfill_run import backfill as run_backfill
    from pipelines.settings import load_settings
    from pipelines.terminal import Progress
    from pipelines.terminal.backfill import backfill_table, status_of

    with Progress() as progress:
        done = run_backfill(load_settings(home), progress, first.date(), last.date(), force)
    typer.echo(backfill_table(done))
    raise typer.Exit(status_of(done))


@commands.command()
def close(
    month: Annotated[dt.datetime, typer.Argument(formats=MONTH, help="The month: YYYY-MM.")],
    label: Annotated[str, typer.Option(help='What this close is called, such as "September, paid".')],
    home: Home = None,
) -> None:
    """Keep a month's figures and scorecards as the live release has them, under a label, for good."""
    from pipelines.release.restatements.closes import close_month
    from pipelines.settings import load_settings

    folder = close_month(load_settings(home), month.date(), label, dt.datetime.now(dt.UTC).replace(microsecond=0))
    typer.echo(
        f"{month:%Y-%m} is closed: {folder}\nThe next release shows it beside what is known then: ops.closed_months"
    )


@commands.command()
def doctor(
    home: Home = None,
    deep: Annotated[bool, typer.Option("--deep", help="Also read every file of the lake and of all releases.")] = False,
) -> None:
    """Look whether this installation is fit for tonight: versions, rights, disk, clock, policy. Changes nothing."""
    from pipelines.doctor import examine

    diagnoses = examine(home, deep)
    typer.echo("\n".join(map(str, diagnoses)))
    if any(diagnosis.state == "BAD" for diagnosis in diagnoses):
        raise typer.Exit(2)


@commands.command()
def demo(
    home: Home = None,
    end: Annotated[dt.datetime | None, typer.Option(formats=DAY, help="The last day of the simulated history.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another company.")] = 7,
    clients: Annotated[int, typer.Option(min=1, help="About how many clients it has.")] = 300,
    billing: Annotated[str, typer.Option(help="Its billing system: stripe, xero or quickbooks.")] = "stripe",
    crm: Annotated[str, typer.Option(help="Its CRM: salesforce or hubspot.")] = "salesforce",
) -> None:
    """Write a simulated company's exports into the inbox of a home of its own."""
    from pipelines.demo.home import write_demo_home
    from pipelines.settings import load_settings

    settings = load_settings(home)
    written = write_demo_home(settings, end.date() if end else None, seed, clients, billing, crm)
    typer.echo(f"{written}\nNext: tenure refresh --home {settings.home}")


@fx.command("update")
def fx_update(home: Home = None) -> None:
    """Download the ECB's history of reference rates into the inbox. It uses the network."""
    from pipelines.landing.ecb_download import download_ecb_history
    from pipelines.settings import load_settings

    path = download_ecb_history(load_settings(home).inbox)
    typer.echo(f"{path} is written. Next: tenure refresh")
