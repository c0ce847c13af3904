"""Why a retention number is what it is: what moved it, who counts otherwise, what currencies did, who carries it."""

from typing import Annotated

import typer

from pipelines.cli.options import Home

commands = typer.Typer()

Metric = Annotated[str, typer.Argument(help="nrr or grr (constant currency), nrr_reported or grr_reported.")]
Month = Annotated[str | None, typer.Option(help="YYYY-MM. Default: the latest there is.")]
Segment = Annotated[str, typer.Option(help="company, am, tier, region, industry or currency.")]
Value = Annotated[str | None, typer.Option(help="Which one of the segment, such as an account manager's id.")]
Window = Annotated[int, typer.Option(help="Months that the rate looks back on: 1, 3 or 12.")]
Json = Annotated[bool, typer.Option("--json", help="All of it, for programs.")]


@commands.command()
def reconcile(
    metric: Metric,
    target: Annotated[str, typer.Option(help="The number the other party has: 1.032 or 103.2%.")],
    month: Month = None,
    segment: Segment = "company",
    value: Value = None,
    tolerance: Annotated[str | None, typer.Option(help="How near is the same number. Default: 0.0005.")] = None,
    changes: Annotated[int, typer.Option(help="The most rules to decide otherwise at once.")] = 3,
    top: Annotated[int, typer.Option(help="How many answers to print.")] = 10,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Find the rules under which our number becomes the one that somebody else has."""
    from pipelines.analysis.reconcile import reconcile as answer
    from pipelines.analysis.report import written
    from pipelines.serving.release import open_release
    from pipelines.settings import load_settings

    settings = load_settings(home)
    with open_release(settings) as release:
        report = answer(release, metric, target, month, segment, value, tolerance, changes, top, settings.lake)
    typer.echo(written(report, as_json), nl=False)


@commands.command()
def fan(
    metric: Metric,
    month: Month = None,
    segment: Segment = "company",
    value: Value = None,
    window: Window = 12,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Show a number under four ways of converting currencies, flagged where that alone changes a band or a rating."""
    from pipelines.analysis.fan import fan as answer
    from pipelines.analysis.report import written
    from pipelines.serving.release import open_release
    from pipelines.settings import load_settings

    with open_release(load_settings(home)) as release:
        report = answer(release, metric, month, segment, value, window)
    typer.echo(written(report, as_json), nl=False)


@commands.command()
def concentration(
    metric: Metric,
    month: Month = None,
    top: Annotated[int, typer.Option(help="How many of the largest clients to leave out in turn.")] = 10,
    segment: Segment = "company",
    value: Value = None,
    window: Window = 12,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Show a number without each of the largest clients in turn, and without all of them."""
    from pipelines.analysis.concentration import concentration as answer
    from pipelines.analysis.report import written
    from pipelines.serving.release import open_release
    from pipelines.settings import load_settings

    with open_release(load_settings(home)) as release:
        report = answer(release, metric, month, top, segment, value, window)
    typer.echo(written(report, as_json), nl=False)


@commands.command()
def compare(
    before: Annotated[str, typer.Argument(help="The earlier month: YYYY-MM.")],
    after: Annotated[str, typer.Argument(help="The later month: YYYY-MM.")],
    metric: Metric,
    segment: Segment = "company",
    value: Value = None,
    window: Window = 12,
    top: Annotated[int, typer.Option(help="How many clients to list; the rest is summed.")] = 15,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Say what moved a number between two months, by client: volume, price, currencies, churn, mix of a segment."""
    from pipelines.analysis.compare import compare as answer
    from pipelines.analysis.report import written
    from pipelines.serving.release import open_release
    from pipelines.settings import load_settings

    with open_release(load_settings(home)) as release:
        report = answer(release, (before, after), metric, segment, value, window, top)
    typer.echo(written(report, as_json), nl=False)
