"""Questions to the live release: SQL, explanations, dashboards, reviews."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import AsOf, Home, Login
from pipelines.exports.kinds import Format

commands = typer.Typer()


@commands.command()
def sql(
    query: Annotated[str, typer.Argument(help="One statement that reads, such as: select * from marts.dim_clients")],
    home: Home = None,
    format: Annotated[
        Format | None, typer.Option(help="How the answer is written. Default: by the ending of --out, else a table.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a file: whole, or not at all. Default: standard output.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="The most rows. Default: all, 10,000 of a table.")] = None,
    login: Login = None,
    as_of: AsOf = None,
) -> None:
    """Ask the current release a question, or a past month that was rebuilt."""
    import shutil
    import sys

    from pipelines.exports.answers import format_of, print_answer, write_answer
    from pipelines.serving.source import Source
    from pipelines.settings import load_settings

    form = format or (format_of(out) if out else Format.TABLE)
    with Source(load_settings(home), login, as_of.date() if as_of else None).open() as release:
        if out:
            typer.echo(f"{write_answer(release, query, form, out, limit)} -> {out}", err=True)
        else:
            width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
            print_answer(release, query, form, limit, width)


@commands.command()
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


@commands.command()
def serve(
    home: Home = None,
    port: Annotated[
        int | None, typer.Option(help="The port to listen on, 8710 by default; 0 takes a free one.")
    ] = None,
) -> None:
    """Show the dashboards of the current release in a browser, on this machine only unless the settings say more."""
    from pipelines.dashboards.app.run import serve_app
    from pipelines.settings import load_settings

    serve_app(load_settings(home), port, lambda url: typer.echo(f"{url}  (stop with Ctrl-C)"))


@commands.command()
def password(
    login: Annotated[str, typer.Argument(help="A login name or e-mail of access.toml.")], home: Home = None
) -> None:
    """Set the password with which somebody signs in to the dashboards (serve.login = local)."""
    from pipelines.dashboards.app.sign_in.passwords import set_password
    from pipelines.settings import load_settings

    given = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    set_password(load_settings(home), login, given)
    typer.echo(f"{login} can sign in with the new password; older sessions have ended")


@commands.command()
def qbr(
    client: Annotated[str, typer.Argument(help="The client's id, or its name.")],
    quarter: Annotated[str, typer.Option(help="A calendar quarter: 2026-Q3.")],
    home: Home = None,
    out: Annotated[Path, typer.Option(help="The folder to write into.")] = Path(),
    internal: Annotated[
        bool, typer.Option("--internal", help="Health score in a speaker note; not for clients.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over files that somebody may have edited.")] = False,
) -> None:
    """Write a client's quarterly business review, as a PPTX to edit and a PDF to send."""
    from pipelines.qbr.command import write_qbr
    from pipelines.settings import load_settings

    typer.echo(write_qbr(load_settings(home), client, quarter, out, internal, force))
