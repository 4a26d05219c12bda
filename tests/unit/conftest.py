"""Here belong fixtures that several unit tests share; what only one module needs stands in that module."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.parsing.catalogue import load_catalogue
from dagster_project.parsing.extract import Extractor

CATALOGUE = Path(__file__).parents[2] / "dbt" / "seeds" / "catalogue"


@pytest.fixture(scope="session")
def extractor() -> Extractor:
    """One extractor for all tests: loading the catalogue and the dictionary takes longer than reading a sentence."""
    return Extractor(load_catalogue(CATALOGUE))
