-- Family restatement: one report, one indicator, several values that neither add up nor contain each other.
with rules as (
    {{ rules_of('restatement') }}
),

stated as (
    select
        s.report_id,
        s.year,
        s.indicator_code,
        s.period,
        {{ scope_class('s.scope') }} as scope,
        m.indicator_name_zh,
        m.own_words,
        m.section,
        m.unit,
        s.statement_id,
        s.statement_value,
        s.mention_id,
        m.value_text,
        s.char_start
    from {{ ref('int_statement') }} as s
    inner join {{ ref('int_mention') }} as m on s.mention_id = m.mention_id
    where
        s.status = 'actual' and s.measure = 'level'
        and coalesce(s.lost_because, 'chosen') in ('chosen', 'restated', 'conflicting_value')
),

-- Different values under the same words in one section can hardly be two things.
worded as (
    select
        *,
        own_words <> ''
        and min(statement_value) over (
            partition by report_id, year, indicator_code, period, scope, section, own_words
        ) <> max(statement_value) over (
            partition by report_id, year, indicator_code, period, scope, section, own_words
        ) as has_same_words
    from stated
),

grouped as (
    select
        report_id,
        indicator_code,
        min(indicator_name_zh) as indicator_name_zh,
        min(unit) as unit,
        bool_or(has_same_words) as has_same_words,
        list(mention_id order by char_start, mention_id) as mention_ids,
        string_agg('「' || value_text || '」', '、' order by char_start, mention_id) as value_texts,
        count(distinct statement_value) as different_values
    from worded
    group by report_id, year, indicator_code, period, scope
)

select
    r.rule_code,
    case when g.has_same_words then 'same_words' else 'different_words' end as case_code,
    g.report_id,
    g.indicator_code,
    g.mention_ids,
    cast(null as varchar) as id_text,
    '「' || g.indicator_name_zh || '」在同一报告中给出 ' || g.different_values || ' 个不同的数值：' || g.value_texts
    || '。请核对是同一件事还是不同的事；未相加。' as message_zh,
    '一个数值' as expected,
    g.value_texts as observed
from grouped as g
cross join rules as r
where g.different_values > 1
