-- As its newest report has it; the unidentified bureau stands for reports that do not tell.
with named as (
    select *
    from {{ ref('int_report') }}
    where bureau_key <> 'unidentified'
    qualify row_number() over (partition by bureau_key order by year desc nulls last, is_current desc, report_id) = 1
)

select
    bureau_key,
    coalesce(bureau_name, bureau_key) as bureau_name,
    department,
    province,
    city,
    county,
    division_code,
    division_level
from named
union all
select
    'unidentified' as bureau_key,
    '未识别单位' as bureau_name,
    null as department,
    null as province,
    null as city,
    null as county,
    null as division_code,
    null as division_level
