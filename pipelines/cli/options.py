"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[Path | None, typer.Option(help="The home folder. Default: TENURE_HOME, else the project's data/.")]
DAY = ["%Y-%m-%d"]
MONTH = ["%Y-%m"]
