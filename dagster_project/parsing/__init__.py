"""The pure parsing library: bytes and catalogue in, frozen dataclasses out.

Here belongs everything that reads and understands a report. Dagster, DuckDB, the clock, the network and the
environment do not: the shell around this package owns them.
"""
