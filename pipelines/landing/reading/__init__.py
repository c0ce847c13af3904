"""Bytes to tables and records of text: encodings, CSV, reports, workbooks, Parquet, JSON. No system is known here."""
