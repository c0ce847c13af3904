"""Options that several commands share."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[Path | None, typer.Option(help="The home folder. Default: TENURE_HOME, else the project's data/.")]
DAY = ["%Y-%m-%d"]
MONTH = ["%Y-%m"]
Login = Annotated[
    str | None, typer.Option("--as", metavar="LOGIN", help="Read as a person of access.toml. Default: see everything.")
]
AsOf = Annotated[
    dt.datetime | None, typer.Option(formats=MONTH, help="A month that `tenure backfill` rebuilt: YYYY-MM.")
]
