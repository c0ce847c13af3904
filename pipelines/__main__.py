"""`python -m pipelines` is the `tenure` command."""

from pipelines.cli import main

main()
