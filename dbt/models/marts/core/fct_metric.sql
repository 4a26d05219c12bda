-- Findings come last: rules read the intermediate tables only. Open findings of a mention that the value is made of,
-- or of the bureau, year and indicator as such, count; findings on the report as a whole do not.
with facts as (
    select *
    from {{ ref('int_value') }}
    where status = 'actual' and measure = 'level'
),

open_findings as (
    select *
    from {{ ref('fct_finding') }}
    where review_status = 'open'
),

touched as (
    select
        f.severity,
        b.bureau_key,
        b.year,
        b.indicator_code
    from (
        select
            severity,
            unnest(mention_ids) as mention_id
        from open_findings
    ) as f
    inner join {{ ref('bridge_metric_mention') }} as b on f.mention_id = b.mention_id
    union all
    select
        severity,
        bureau_key,
        year,
        indicator_code
    from open_findings
    where len(mention_ids) = 0 and indicator_code is not null
),

worst as (
    select
        bureau_key,
        year,
        indicator_code,
        min(case severity when 'error' then 1 when 'warning' then 2 else 3 end) as severity_rank
    from touched
    group by bureau_key, year, indicator_code
)

select
    f.bureau_key,
    f.year,
    f.indicator_code,
    f.value,
    f.value_reported,
    f.unit,
    f.qualifier,
    f.period,
    f.scope,
    f.report_id,
    f.mention_id,
    f.mention_count,
    f.has_conflict,
    f.is_corrected,
    f.chosen_by,
    f.choice_reason,
    case w.severity_rank when 1 then 'error' when 2 then 'warning' when 3 then 'info' end as worst_severity
from facts as f
left join worst as w
    on f.bureau_key = w.bureau_key and f.year = w.year and f.indicator_code = w.indicator_code
