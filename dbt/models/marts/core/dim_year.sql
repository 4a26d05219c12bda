-- The plan periods from 十二五 to 十五五, and any other year that a figure is about.
with years as (
    select unnest(generate_series(2011, 2030)) as year
    union
    select year
    from {{ ref('int_report') }}
    union
    select year
    from {{ ref('int_mention') }}
)

select
    cast(year as smallint) as year,
    case
        when year between 2011 and 2015 then '十二五'
        when year between 2016 and 2020 then '十三五'
        when year between 2021 and 2025 then '十四五'
        when year between 2026 and 2030 then '十五五'
    end as five_year_plan
from years
where year is not null
