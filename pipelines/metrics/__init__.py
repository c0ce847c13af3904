"""Metrics as a language: what there is, and what it is by dimension and month, read from the marts as they stand.

The catalogue itself is in `explain` (`catalogue.toml`, `entries`). `question` checks what is asked against it, `values`
reads, `targets` says what the policy makes of a value, `listing` and `report` write it out, `semantic` writes dbt's
metrics. Nothing here computes a number anew: rows are read, or facts of a mart added up.
"""
