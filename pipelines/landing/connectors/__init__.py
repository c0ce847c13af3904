"""The systems whose exports can be read: one module or package a system, found by itself, with its `CONNECTOR`.

The first connector that recognises a file reads it. They are asked in the order of their names; the template, which
goes by file names alone, comes last.
"""

from importlib import import_module
from pkgutil import iter_modules

from pipelines.landing.connector import Connector

_LAST = "template"


def _found() -> dict[str, Connector]:
    names = sorted((module.name for module in iter_modules(__path__)), key=lambda name: (name == _LAST, name))
    connectors = [import_module(f"{__name__}.{name}").CONNECTOR for name in names]
    return {connector.name: connector for connector in connectors}


CONNECTORS: dict[str, Connector] = _found()
