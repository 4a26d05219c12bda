-- A value without an override or correction is the sum of its mentions.
{{ config(severity='error', meta={'dagster': {'ref': {'name': 'fct_metric'}}}) }}

with summed as (
    select
        b.bureau_key,
        b.year,
        b.indicator_code,
        sum(m.value) as value_reported,
        count(*) as mention_count
    from {{ ref('bridge_metric_mention') }} as b
    inner join {{ ref('fct_mention') }} as m on b.mention_id = m.mention_id
    group by b.bureau_key, b.year, b.indicator_code
)

select
    f.bureau_key,
    f.year,
    f.indicator_code,
    f.value_reported,
    s.value_reported as sum_of_mentions
from {{ ref('fct_metric') }} as f
left join summed as s
    on f.bureau_key = s.bureau_key and f.year = s.year and f.indicator_code = s.indicator_code
where
    s.mention_count is distinct from f.mention_count
    or s.value_reported is distinct from f.value_reported
    or (not f.is_corrected and f.value <> f.value_reported)
