"""Metrics: which there are, and what one is by dimension and month."""

from typing import Annotated

import typer

from pipelines.cli.options import AsOf, Home, Login

commands = typer.Typer()

Format = Annotated[str, typer.Option(help="table, csv or json.")]


@commands.command("metrics")
def list_metrics(
    search: Annotated[str | None, typer.Option(help="Only those with these words in name, title or formula.")] = None,
    format: Format = "table",
) -> None:
    """List the metrics there are: what each is, what it can be cut by, which policy sets its target."""
    from pipelines.metrics.listing import listed
    from pipelines.metrics.report import checked

    typer.echo(listed(search, checked(format)), nl=False)


@commands.command("metric")
def show_metric(
    name: Annotated[str, typer.Argument(metavar="METRIC", help="A name of `tenure metrics`, such as nrr_cc or nps.")],
    by: Annotated[
        list[str] | None, typer.Option(help="What to cut it by, such as am, region or client; can be repeated.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Only this, such as region=EMEA; can be repeated.")
    ] = None,
    month: Annotated[str | None, typer.Option(help="YYYY-MM, the last one shown. Default: the latest.")] = None,
    last: Annotated[int | None, typer.Option(help="How many months (or quarters), up to that one. Default: 1.")] = None,
    window: Annotated[int | None, typer.Option(help="Months that a rate looks back on: 1, 3 or 12.")] = None,
    basis: Annotated[str | None, typer.Option(help="cc (constant currency) or reported.")] = None,
    login: Login = None,
    as_of: AsOf = None,
    format: Format = "table",
    home: Home = None,
) -> None:
    """Show a metric by dimension and month, with its target, and how it stands to it."""
    from pipelines.metrics.command import answered
    from pipelines.metrics.question import Question
    from pipelines.settings import load_settings

    question = Question(name, tuple(by or ()), tuple(where or ()), month, last, window, basis)
    typer.echo(answered(load_settings(home), question, format, login, as_of.date() if as_of else None), nl=False)
