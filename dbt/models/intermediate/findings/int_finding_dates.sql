-- Family dates: dates of a report out of order, late or missing.
with rules as (
    {{ rules_of('dates') }}
),

cutoffs as (
    select
        report_id,
        max(cutoff_on) as cutoff_on
    from {{ ref('int_mention') }}
    where status = 'actual' and period = 'ytd'
    group by report_id
),

dated as (
    select
        r.*,
        c.cutoff_on
    from {{ ref('int_report') }} as r
    left join cutoffs as c on r.report_id = c.report_id
),

-- What each comparison looks at, so that the rows below are all alike.
compared as (
    select
        r.rule_code,
        r.compare,
        d.*,
        case
            when r.compare = 'signed_before_period_end' then d.signed_on
            when r.compare = 'date_missing' then null
            else d.published_on
        end as looked_at,
        case
            when r.compare in ('signed_before_period_end', 'published_before_period_end')
                then greatest(make_date(d.year, r.earliest_month, 1), d.cutoff_on)
            when r.compare = 'published_before_signed' then d.signed_on
            when r.compare = 'publication_delay' and d.year >= r.from_year
                then make_date(d.year + 1, r.month, r.day)
        end as bound
    from dated as d
    cross join (
        select
            rule_code,
            {{ rule_text('compare') }} as compare,
            cast({{ rule_text('earliest_month') }} as integer) as earliest_month,
            cast({{ rule_text('from_year') }} as integer) as from_year,
            cast({{ rule_text('month') }} as integer) as month,
            cast({{ rule_text('day') }} as integer) as day
        from rules
    ) as r
)

select
    rule_code,
    compare as case_code,
    report_id,
    cast(null as varchar) as indicator_code,
    cast([] as varchar[]) as mention_ids,
    coalesce(cast(looked_at as varchar), '') as id_text,
    case compare
        when 'signed_before_period_end'
            then
                '落款日期为 ' || looked_at || '，报告却写到 ' || year || ' 年'
                || coalesce('（数据统计到 ' || cutoff_on || '）', '') || '，落款日期可能写错。'
        when 'published_before_period_end'
            then
                '发布日期为 ' || looked_at || '，报告却写到 ' || year || ' 年'
                || coalesce('（数据统计到 ' || cutoff_on || '）', '') || '，发布日期可能有误。'
        when 'published_before_signed' then '发布日期 ' || looked_at || ' 早于落款日期 ' || bound || '。'
        when 'publication_delay'
            then
                '发布日期为 ' || looked_at || '，比规定的 ' || bound || ' 晚 ' || date_diff('day', bound, looked_at)
                || ' 天。'
        else '报告既没有落款日期，也没有发布日期，无法核对是否按时公开。'
    end as message_zh,
    case compare
        when 'publication_delay' then '不晚于 ' || bound
        when 'date_missing' then '有日期'
        else '不早于 ' || bound
    end as expected,
    coalesce(cast(looked_at as varchar), '无') as observed
from compared
where
    case compare
        when 'publication_delay' then doc_kind = 'annual_report' and looked_at > bound
        when 'published_before_signed' then looked_at < bound
        when 'date_missing' then signed_on is null and published_on is null
        else doc_kind = 'annual_report' and looked_at < bound
    end
