-- Severity comes from the rule's row, by case where the row says so; the status from the steward's reviews. A review
-- past its last day no longer holds. Days are compared with the build's own date, an input like any other.
with as_of as (
    select max(try_cast(value as date)) as as_of_date
    from {{ ref('stg_build_inputs') }}
    where name = 'as_of_date'
),

reviews as (
    select
        v.*,
        a.as_of_date is null or v.valid_until is null or v.valid_until >= a.as_of_date as is_valid
    from {{ ref('stg_finding_reviews') }} as v
    cross join as_of as a
),

settled as (
    select
        'f' || left(md5('review_settled|' || v.finding_id), 16) as finding_id,
        q.code as rule_code,
        'settled' as case_code,
        cast(null as varchar) as report_id,
        cast(null as varchar) as indicator_code,
        cast([] as varchar[]) as mention_ids,
        '核实表第 ' || v.line_number || ' 行所指的问题 ' || v.finding_id || ' 已不存在，这一行可以删去。' as message_zh,
        v.finding_id as expected,
        '没有这个问题' as observed
    from {{ ref('stg_finding_reviews') }} as v
    inner join {{ ref('dq_rules') }} as q on q.code = 'review_settled'
    left join {{ ref('int_finding') }} as f on v.finding_id = f.finding_id
    where f.finding_id is null
),

found as (
    select
        finding_id,
        rule_code,
        case_code,
        report_id,
        indicator_code,
        mention_ids,
        message_zh,
        expected,
        observed
    from {{ ref('int_finding') }}
    union all
    select
        finding_id,
        rule_code,
        case_code,
        report_id,
        indicator_code,
        mention_ids,
        message_zh,
        expected,
        observed
    from settled
)

select
    f.finding_id,
    f.rule_code,
    q.name_zh as rule_name_zh,
    q.family,
    f.case_code,
    coalesce(json_extract_string(q.parameters, '$.severity_by_case.' || f.case_code), q.severity) as severity,
    coalesce(cast(json_extract_string(q.parameters, '$.blocks_publishing') as boolean), false) as blocks_publishing,
    f.report_id,
    r.bureau_key,
    r.year,
    f.indicator_code,
    f.mention_ids,
    f.message_zh,
    f.expected,
    f.observed,
    case when v.is_valid then v.decision else 'open' end as review_status,
    v.reason as review_reason,
    v.valid_until as review_valid_until
from found as f
inner join {{ ref('dq_rules') }} as q on f.rule_code = q.code
left join {{ ref('int_report') }} as r on f.report_id = r.report_id
left join reviews as v on f.finding_id = v.finding_id
