-- Four states are told apart. Expected of a bureau is what any bureau of its department has ever reported. "Unread"
-- needs a number that could not be read, with the indicator's own words close by.
with reports as (
    select
        r.report_id,
        r.bureau_key,
        r.department,
        r.year
    from {{ ref('int_report') }} as r
    where r.is_placed and r.is_current
),

facts as (
    select
        v.bureau_key,
        v.year,
        v.indicator_code,
        v.value
    from {{ ref('int_value') }} as v
    where v.status = 'actual' and v.measure = 'level'
),

expected as (
    select distinct
        r.department,
        f.indicator_code
    from facts as f
    inner join reports as r on f.bureau_key = r.bureau_key and f.year = r.year
),

unread as (
    select
        u.report_id,
        substr(d.text, greatest(u.char_start - 29, 1), u.char_end - u.char_start + 60) as surroundings
    from {{ ref('stg_issues') }} as u
    inner join {{ ref('stg_documents') }} as d on u.report_id = d.report_id
    where u.issue_code = 'unread_number' and u.char_start is not null
),

aliases as (
    select
        indicator_code,
        unnest(string_split(aliases_zh, ';')) as alias
    from {{ ref('stg_indicators') }}
),

touched as (
    select distinct
        u.report_id,
        a.indicator_code
    from unread as u
    inner join aliases as a on trim(a.alias) <> '' and contains(u.surroundings, trim(a.alias))
)

select
    r.bureau_key,
    r.year,
    e.indicator_code,
    case
        when f.value = 0 then 'reported_zero'
        when f.value is not null then 'reported'
        when t.report_id is not null then 'unread'
        else 'not_reported'
    end as state,
    r.report_id
from reports as r
inner join expected as e on r.department = e.department
left join facts as f
    on r.bureau_key = f.bureau_key and r.year = f.year and e.indicator_code = f.indicator_code
left join touched as t on r.report_id = t.report_id and e.indicator_code = t.indicator_code
