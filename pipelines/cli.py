"""The `tenure` command. Thin: it reads options, calls a room, prints. Every heavy import stands inside its command.

Exit status: 0 done (or nothing new), 1 unexpected failure, 2 bad usage, settings or input, 3 blocked by a check,
4 another refresh is at work.
"""

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="tenure",
    help="Exports in, trustworthy retention numbers out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
fx = typer.Typer(help="Exchange rates.", no_args_is_help=True)
app.add_typer(fx, name="fx")

Home = Annotated[Path | None, typer.Option(help="The home folder. Default: TENURE_HOME, else the project's data/.")]
DAY = ["%Y-%m-%d"]


def main() -> None:
    """Run the command; turn every error into one readable message and an exit status."""
    from pipelines.errors import UserError

    try:
        app()
    except UserError as error:
        _fail(str(error), error.exit_status)
    except KeyboardInterrupt:
        _fail("interrupted: nothing was published, the release before stays live", 130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as `tenure sql ... | head` does
        sys.exit(0)
    except Exception as error:
        from pipelines.terminal import unexpected

        _fail(unexpected(error), 1)


@app.command()
def refresh(
    home: Home = None,
    inbox: Annotated[Path | None, typer.Option(help="Where the exports lie. Default: <home>/inbox.")] = None,
    as_of: Annotated[dt.datetime | None, typer.Option(formats=DAY, help="The last day that counts.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Build even when nothing is new.")] = False,
) -> None:
    """Land the exports, build all numbers, audit them, publish them."""
    from pipelines.defs.refresh import refresh as run_refresh
    from pipelines.settings import load_settings
    from pipelines.terminal import Progress, outcome

    settings = load_settings(home, inbox=inbox, as_of=as_of.date() if as_of else None)
    with Progress() as progress:
        run = run_refresh(settings, progress, force)
    typer.echo(outcome(run))


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One statement that reads, such as: select * from marts.dim_clients")],
    home: Home = None,
    format: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
    limit: Annotated[int | None, typer.Option(help="The most rows to print.")] = None,
) -> None:
    """Ask the current release a question."""
    import shutil

    from pipelines.serving.query import run_sql
    from pipelines.serving.release import open_release
    from pipelines.settings import load_settings

    with open_release(load_settings(home)) as release:
        typer.echo(run_sql(release, query, format, limit, shutil.get_terminal_size((160, 40)).columns), nl=False)


@app.command()
def explain(
    metric: Annotated[
        str, typer.Argument(help="A number of the metric book, such as nrr_cc, health_score, nps or green_rate.")
    ],
    month: Annotated[str | None, typer.Option(help="YYYY-MM. Default: the latest there is.")] = None,
    quarter: Annotated[str | None, typer.Option(help="YYYY-Q1 to YYYY-Q4: the quarter's last month.")] = None,
    as_of_run: Annotated[bool, typer.Option("--as-of-run", help="Health on the run's day, not a month's end.")] = False,
    segment: Annotated[str, typer.Option(help="company, am, tier, region, industry or currency.")] = "company",
    value: Annotated[
        str | None, typer.Option(help="Which one of the segment, such as an account manager's id.")
    ] = None,
    window: Annotated[int | None, typer.Option(help="Months that a rate looks back on: 1, 3 or 12.")] = None,
    client: Annotated[str | None, typer.Option(help="Go down to the rows behind this client.")] = None,
    top: Annotated[int, typer.Option(help="How many clients to list; the rest is summed.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="All of it, for programs.")] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="The clients (or one client's lines), for spreadsheets.")
    ] = False,
    home: Home = None,
) -> None:
    """Take a number apart: its parts, the clients that made them, and one client's rows with file and line."""
    from pipelines.explain.command import explained
    from pipelines.explain.question import Question
    from pipelines.settings import load_settings

    question = Question(metric, month, segment, value, window, client, top, quarter, as_of_run)
    typer.echo(explained(load_settings(home), question, as_json, as_csv), nl=False)


@app.command()
def releases(home: Home = None) -> None:
    """List the releases that are kept, the newest first; the live one has a star."""
    from pipelines.release.history import list_releases
    from pipelines.settings import load_settings
    from pipelines.terminal import release_table

    typer.echo(release_table(list_releases(load_settings(home))))


@app.command()
def rollback(
    release: Annotated[str, typer.Argument(help="A release id, or a part that only one id has.")], home: Home = None
) -> None:
    """Make an older release the live one (or a newer one again)."""
    from pipelines.release.history import rollback as go_back
    from pipelines.release.lock import refresh_lock
    from pipelines.settings import load_settings

    settings = load_settings(home)
    with refresh_lock(settings):
        live = go_back(settings, release)
    typer.echo(f"{live.release_id} is live again (as of {live.manifest.identity.as_of_on}).")


@app.command()
def serve(
    home: Home = None, port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 8710
) -> None:
    """Show the dashboard of the current release in a browser, on this machine only."""
    from pipelines.dashboards.http import serve_dashboard
    from pipelines.settings import load_settings

    serve_dashboard(load_settings(home), port, lambda url: typer.echo(f"{url}  (stop with Ctrl-C)"))


@app.command()
def doctor(home: Home = None) -> None:
    """Look whether this installation is fit for tonight: versions, rights, disk, policy. Changes nothing."""
    from pipelines.doctor import examine
    from pipelines.settings import load_settings

    diagnoses = examine(load_settings(home))
    for diagnosis in diagnoses:
        typer.echo(f"{'ok ' if diagnosis.is_well else 'BAD'} {diagnosis.name:<9} {diagnosis.text}")
    if not all(diagnosis.is_well for diagnosis in diagnoses):
        raise typer.Exit(2)


@app.command()
def demo(
    home: Home = None,
    end: Annotated[dt.datetime | None, typer.Option(formats=DAY, help="The last day of the simulated history.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another company.")] = 7,
    clients: Annotated[int, typer.Option(min=1, help="About how many clients it has.")] = 300,
) -> None:
    """Write a simulated company's exports into the inbox of a home of its own."""
    from pipelines.demo.home import write_demo_home
    from pipelines.settings import load_settings

    settings = load_settings(home)
    written = write_demo_home(settings, end.date() if end else None, seed, clients)
    typer.echo(f"{written}\nNext: tenure refresh --home {settings.home}")


@fx.command("update")
def fx_update(home: Home = None) -> None:
    """Download the ECB's history of reference rates into the inbox. The one command that uses the network."""
    from pipelines.landing.ecb_download import download_ecb_history
    from pipelines.settings import load_settings

    path = download_ecb_history(load_settings(home).inbox)
    typer.echo(f"{path} is written. Next: tenure refresh")


def _fail(message: str, status: int) -> None:
    typer.echo(message, err=True)
    sys.exit(status)
