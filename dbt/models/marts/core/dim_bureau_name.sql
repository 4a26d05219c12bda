-- A name holds from the first year that it is reported under until the next one begins.
with used as (
    select
        bureau_key,
        year,
        arg_min(bureau_name, report_id) filter (where is_current) as name,
        arg_min(division_code, report_id) filter (where is_current) as division_code
    from {{ ref('int_report') }}
    where is_placed and bureau_name is not null
    group by bureau_key, year
),

changed as (
    select *
    from used
    where name is not null
    qualify
        lag(name) over (partition by bureau_key order by year) is distinct from name
        or lag(division_code) over (partition by bureau_key order by year) is distinct from division_code
)

select
    bureau_key,
    make_date(year, 1, 1) as valid_from,
    name,
    division_code,
    cast(
        make_date(lead(year) over (partition by bureau_key order by year), 1, 1) - interval 1 day as date
    ) as valid_to
from changed
