"""Fixtures that more than one folder of tests needs."""

from tests.postgres import postgres

__all__ = ["postgres"]
