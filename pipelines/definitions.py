"""The Dagster code location: assembles, and holds nothing else."""

import dagster as dg

from pipelines.defs.assemble import build_definitions
from pipelines.settings import load_settings


@dg.definitions
def defs() -> dg.Definitions:
    return build_definitions(load_settings())
