-- The plan periods from 十二五 to 十五五, and any other year that a figure is about.
with years as (
    select unnest(generate_series(2011, 2030)) as year
    union
    select year
    from {{ ref('int_report') }}
    union
    select year
    from {{ ref('int_mention') }}
),

plans as (
    select *
    from (
        values (2011, 2015, '十二五'), (2016, 2020, '十三五'), (2021, 2025, '十四五'), (2026, 2030, '十五五')
    ) as p (first_year, last_year, five_year_plan)
)

select
    cast(y.year as smallint) as year,
    p.five_year_plan
from years as y
left join plans as p on y.year between p.first_year and p.last_year
where y.year is not null
