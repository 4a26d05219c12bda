"""What the dbt project promises: every model and column described, and the tables that users' SQL relies on.

Here belong promises that can be read off the project's files. What the built tables hold does not: that is tested
where they are built.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DBT = Path(__file__).resolve().parents[2] / "dbt"
SERVED = {"marts", "quality"}

CONTRACT_TEXT = """
marts.dim_bureau (bureau_key)
    bureau_key varchar, bureau_name varchar, department varchar, province varchar, city varchar, county varchar,
    division_code varchar, division_level varchar
marts.dim_bureau_name (bureau_key, valid_from)
    bureau_key varchar, valid_from date, name varchar, division_code varchar, valid_to date
marts.dim_year (year)
    year smallint, five_year_plan varchar
marts.dim_indicator (indicator_code)
    indicator_code varchar, name_zh varchar, name_en varchar, category varchar, category_zh varchar, unit varchar,
    kind varchar, aggregation varchar, additive_over_bureaus boolean, additive_over_years boolean,
    parent_code varchar, partition varchar, denominator_code varchar, polarity varchar,
    plausible_min decimal(24,6), plausible_max decimal(24,6), definition_zh varchar
marts.dim_report (report_id)
    report_id varchar, file_name varchar, sha256 varchar, bureau_key varchar, year smallint, title varchar,
    doc_kind varchar, published_on date, signed_on date, source_url varchar, identified_by varchar,
    is_current boolean, superseded_by varchar, char_count integer, mention_count integer
marts.fct_metric (bureau_key, year, indicator_code)
    bureau_key varchar, year smallint, indicator_code varchar, value decimal(24,6), value_reported decimal(24,6),
    unit varchar, qualifier varchar, period varchar, scope varchar, report_id varchar, mention_id varchar,
    mention_count integer, has_conflict boolean, is_corrected boolean, worst_severity varchar
marts.bridge_metric_mention (bureau_key, year, indicator_code, mention_id)
    bureau_key varchar, year smallint, indicator_code varchar, mention_id varchar
marts.fct_target (bureau_key, year, indicator_code, measure, status)
    bureau_key varchar, year smallint, indicator_code varchar, measure varchar, status varchar,
    value decimal(24,6), value_reported decimal(24,6), unit varchar, qualifier varchar, report_id varchar,
    mention_id varchar, has_conflict boolean
marts.fct_mention (mention_id)
    mention_id varchar, report_id varchar, bureau_key varchar, year smallint, indicator_code varchar,
    match_score double, label varchar, value decimal(24,6), unit varchar, value_reported decimal(24,6),
    unit_reported varchar, value_text varchar, qualifier varchar, status varchar, measure varchar, period varchar,
    scope varchar, sentence varchar, section varchar, char_start integer, char_end integer, is_chosen boolean,
    not_chosen_because varchar
marts.metrics_wide (bureau_key, year, indicator_code)
    bureau_key varchar, year smallint, indicator_code varchar, value decimal(24,6), value_reported decimal(24,6),
    unit varchar, qualifier varchar, period varchar, scope varchar, report_id varchar, mention_id varchar,
    mention_count integer, has_conflict boolean, is_corrected boolean, worst_severity varchar, bureau_name varchar,
    five_year_plan varchar, name_zh varchar, category_zh varchar, qualifier_zh varchar, status_zh varchar,
    quote varchar, evidence_path varchar
marts.build_info (fingerprint)
    fingerprint varchar, built_at timestamp
quality.fct_finding (finding_id)
    finding_id varchar, rule_code varchar, severity varchar, report_id varchar, bureau_key varchar, year smallint,
    indicator_code varchar, mention_ids varchar[], message_zh varchar, expected varchar, observed varchar,
    review_status varchar
quality.fct_coverage (report_id)
    report_id varchar, mention_count integer, mapped_count integer, unmapped_count integer, unread_count integer,
    rejected_number_count integer
quality.fct_availability (bureau_key, year, indicator_code)
    bureau_key varchar, year smallint, indicator_code varchar, state varchar
quality.unmapped_label (label, unit)
    label varchar, unit varchar, mention_count integer, report_count integer, example_sentence varchar,
    candidates varchar
quality.rejected_input (file_name)
    file_name varchar, reason_code varchar, message_zh varchar, sha256 varchar, duplicate_of varchar
"""
"""The tables that users' SQL relies on: schema (and folder), name, primary key, columns. More columns may follow."""

CONTRACT: dict[str, tuple[str, list[str], dict[str, str]]] = {
    name: (schema, key.split(", "), dict(column.split() for column in re.split(r",\s+", columns.strip())))
    for schema, name, key, columns in re.findall(
        r"^(\w+)\.(\w+) \((.+?)\)\n((?:    .+\n)+)", CONTRACT_TEXT, flags=re.MULTILINE
    )
}


def _properties(kind: str) -> dict[str, tuple[dict[str, Any], Path]]:
    found: dict[str, tuple[dict[str, Any], Path]] = {}
    for path in sorted([*(DBT / "models").rglob("*.yml"), *(DBT / "seeds").rglob("*.yml")]):
        for entry in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get(kind) or []:
            assert entry["name"] not in found, f"{entry['name']} is described twice"
            found[entry["name"]] = (entry, path)
    return found


MODELS = _properties("models")
SEEDS = _properties("seeds")


def test_every_model_has_its_entry_and_every_entry_its_model() -> None:
    files = {path.stem for path in (DBT / "models").rglob("*.sql")}
    assert files == set(MODELS)


def test_every_seed_has_its_entry_and_every_entry_its_seed() -> None:
    files = {path.stem for path in (DBT / "seeds").rglob("*.csv")}
    assert files == set(SEEDS)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_model_says_what_a_row_is_and_documents_every_column(name: str) -> None:
    model, path = MODELS[name]
    assert model["description"].startswith("One row per "), path
    undocumented = [column["name"] for column in model["columns"] if not column.get("description", "").strip()]
    assert not undocumented, path


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_seed_says_what_a_row_is_and_types_every_column(name: str) -> None:
    seed, path = SEEDS[name]
    header = (path.parent / f"{name}.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    assert seed["description"].startswith("One row per ")
    assert list(seed["config"]["column_types"]) == header
    assert [column["name"] for column in seed["columns"] if column["description"].strip()] == header


@pytest.mark.parametrize("name", sorted(CONTRACT))
def test_contract_table(name: str) -> None:
    schema, key, columns = CONTRACT[name]
    model, path = MODELS[name]
    assert path.relative_to(DBT / "models").parts[0] == schema
    primary_keys = [rule["columns"] for rule in model["constraints"] if rule["type"] == "primary_key"]
    assert primary_keys == [key]
    types = {column["name"]: column["data_type"] for column in model["columns"]}
    assert {column: types.get(column) for column in columns} == columns


def test_every_served_table_is_in_the_contract_and_in_the_exposure() -> None:
    served = {name for name, (_, path) in MODELS.items() if path.relative_to(DBT / "models").parts[0] in SERVED}
    assert served == set(CONTRACT)
    exposure, _ = _properties("exposures")["served_warehouse"]
    assert {re.sub(r"ref\('(\w+)'\)", r"\1", one) for one in exposure["depends_on"]} == served


def test_contracts_are_enforced_by_folder() -> None:
    models = yaml.safe_load((DBT / "dbt_project.yml").read_text(encoding="utf-8"))["models"]["fazhi"]
    assert all(models[folder]["+contract"] == {"enforced": True} for folder in SERVED)


def test_sources_join_dagsters_lineage() -> None:
    for name, (source, _) in _properties("sources").items():
        for table in source["tables"]:
            assert table["config"]["meta"]["dagster"]["asset_key"] == [name, table["name"]]
            assert table["description"].startswith("One row per ")


def test_singular_tests_say_where_dagster_shows_them() -> None:
    for path in (DBT / "tests").glob("*.sql"):
        assert re.search(r"'dagster': \{'ref': \{'name': '(\w+)'\}\}", path.read_text(encoding="utf-8")), path


def test_the_dbt_folder_holds_no_python() -> None:
    """An ``__init__.py`` there would hide the dbt package when running from the root."""
    assert not [path for path in DBT.rglob("*.py") if "target" not in path.parts]
