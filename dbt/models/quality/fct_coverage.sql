with mentions as (
    select
        report_id,
        count(*) as mention_count,
        count(indicator_code) as mapped_count
    from {{ ref('stg_mentions') }}
    group by report_id
),

issues as (
    select
        report_id,
        count(*) filter (where issue_code = 'unread_number') as unread_count,
        count(*) as issue_count
    from {{ ref('stg_issues') }}
    group by report_id
),

rejected as (
    select
        report_id,
        count(*) as rejected_number_count
    from {{ ref('stg_rejected_numbers') }}
    group by report_id
)

select
    d.report_id,
    cast(coalesce(m.mention_count, 0) as integer) as mention_count,
    cast(coalesce(m.mapped_count, 0) as integer) as mapped_count,
    cast(coalesce(m.mention_count - m.mapped_count, 0) as integer) as unmapped_count,
    cast(coalesce(i.unread_count, 0) as integer) as unread_count,
    cast(coalesce(x.rejected_number_count, 0) as integer) as rejected_number_count,
    cast(coalesce(i.issue_count, 0) as integer) as issue_count
from {{ ref('int_report') }} as d
left join mentions as m on d.report_id = m.report_id
left join issues as i on d.report_id = i.report_id
left join rejected as x on d.report_id = x.report_id
