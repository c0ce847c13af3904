"""Exports in, lake rows out: `land` reads the inbox and commits loads; nothing here knows of metrics or releases.

`dialects` and `typed_files` make text columns of bytes, `connectors` make entities of a system's columns, `conform`
parses and sorts good rows from bad, `ledger` writes. The names below are loaded on first use: polars is heavy.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.landing.run import LandingReceipt, land

__all__ = ["LandingReceipt", "land"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from importlib import import_module

        return getattr(import_module("pipelines.landing.run"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
