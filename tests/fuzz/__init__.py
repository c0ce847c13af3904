"""Byte-level fuzzing of the whole landing: `python -m tests.fuzz --seconds 300`."""
