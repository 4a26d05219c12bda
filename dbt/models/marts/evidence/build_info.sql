-- The only table that may differ between two builds of the same input: it says when.
{% set inputs = [
    'documents_hash', 'register_hash', 'reviews_hash', 'seeds_hash', 'dbt_hash', 'code_hash', 'lock_hash',
    'project_version', 'duckdb_version', 'dbt_version', 'dagster_version'
] %}

with inputs as (
    select
        coalesce(max(value) filter (where name = 'fingerprint'), 'unknown') as fingerprint,
        {% for name in inputs %}
            max(value) filter (where name = '{{ name }}') as {{ name }},
        {% endfor %}
        max(try_cast(value as date)) filter (where name = 'as_of_date') as as_of_date,
        max(try_cast(value as timestamp)) filter (where name = 'built_at') as built_at
    from {{ ref('stg_build_inputs') }}
)

select
    i.*,
    cast((select count(*) from {{ ref('dim_report') }}) as integer) as report_count,
    cast((select count(*) - 1 from {{ ref('dim_bureau') }}) as integer) as bureau_count,
    cast((select count(*) from {{ ref('fct_mention') }}) as integer) as mention_count,
    cast((select count(m.indicator_code) from {{ ref('fct_mention') }} as m) as integer) as mapped_count,
    cast((select count(*) from {{ ref('fct_metric') }}) as integer) as metric_count,
    cast((select count(*) from {{ ref('fct_target') }}) as integer) as target_count,
    cast((select count(*) from {{ ref('fct_finding') }}) as integer) as finding_count,
    cast((select count(*) from {{ ref('rejected_input') }}) as integer) as rejected_input_count
from inputs as i
