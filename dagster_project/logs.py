"""What a build on the command line shows of Dagster's log: the messages written for people, one line each.

Here belongs the filter. Messages do not.
"""

import logging
import sys

import dagster as dg


class _People(logging.Handler):
    """Prints what the project's steps say; Dagster's own events are in its history."""

    def emit(self, record: logging.LogRecord) -> None:
        about = getattr(record, "dagster_meta", None)
        if about is None or about.get("dagster_event") is not None:
            return
        message = str(about.get("orig_message", record.getMessage()))
        # Dagster says of each step that a failed one is waited for by; the failure itself is told at the end
        if message.startswith("Dependencies for step"):
            return
        stream = sys.stderr if record.levelno >= logging.WARNING else sys.stdout
        print(f"  {message}", file=stream, flush=True)


@dg.logger
def people(_context: dg.InitLoggerContext) -> logging.Logger:
    """Plain lines on the terminal."""
    logger = logging.Logger("fazhi", logging.INFO)  # noqa: LOG001 -- not shared: each run has its own
    logger.addHandler(_People())
    return logger
