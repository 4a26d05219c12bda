"""Fazhi Metrics: figures of Chinese rule-of-law annual reports as a star schema.

Here belongs the Python side: the pure parsing library, the one module that opens DuckDB, and the thin Dagster shell.
SQL models do not: they live in the dbt project.
"""
