-- Family content: reports that give targets in place of results, or results without their base.
with rules as (
    select
        rule_code,
        {{ rule_text('check') }} as checked
    from ({{ rules_of('content') }})
),

totals as (
    select
        r.report_id,
        r.doc_kind,
        count(m.mention_id) as mentions,
        count(m.mention_id) filter (where m.status = 'actual') as actuals,
        coalesce(
            list(m.mention_id order by m.char_start, m.mention_id) filter (where m.status <> 'actual'), []
        ) as target_ids
    from {{ ref('int_report') }} as r
    left join {{ ref('int_mention') }} as m on r.report_id = m.report_id
    group by r.report_id, r.doc_kind
),

stated as (
    select
        *,
        bool_or(status = 'actual' and measure = 'level') over (partition by report_id, indicator_code) as has_actual
    from {{ ref('int_mention') }}
    where indicator_code is not null
),

norms as (
    select
        report_id,
        indicator_code,
        min(indicator_name_zh) as indicator_name_zh,
        list(mention_id order by char_start, mention_id) as mention_ids,
        string_agg('「' || value_text || '」', '、' order by char_start, mention_id) as value_texts
    from stated
    where status = 'norm' and not has_actual
    group by report_id, indicator_code
),

full_rates as (
    select
        m.report_id,
        list(m.mention_id order by m.char_start, m.mention_id) as mention_ids,
        string_agg('「' || m.indicator_name_zh || '」', '、' order by m.char_start, m.mention_id) as names_zh,
        count(*) as rates
    from {{ ref('int_mention') }} as m
    inner join {{ ref('stg_indicators') }} as i on m.indicator_code = i.indicator_code
    left join (
        select distinct
            report_id,
            indicator_code
        from {{ ref('int_mention') }}
        where status = 'actual' and measure = 'level'
    ) as b on m.report_id = b.report_id and i.denominator_code = b.indicator_code
    where
        m.kind = 'ratio' and m.unit = '%' and m.value = 100 and m.status = 'actual' and m.measure = 'level'
        and b.indicator_code is null
    group by m.report_id
)

select
    r.rule_code,
    r.checked as case_code,
    t.report_id,
    cast(null as varchar) as indicator_code,
    t.target_ids as mention_ids,
    '' as id_text,
    case r.checked
        when 'targets_only' then '文件中的 ' || t.mentions || ' 个数据全是目标或要求，不能当作结果。'
        else '年度报告中没有一个实际发生的数据。'
    end as message_zh,
    '有实际数据' as expected,
    '实际数据 0 个，目标 ' || len(t.target_ids) || ' 个' as observed
from totals as t
inner join rules as r
    on case r.checked
            when 'targets_only' then t.mentions > 0 and t.actuals = 0
            when 'no_actual_figure' then t.doc_kind = 'annual_report' and t.mentions = 0
            else false
        end
union all
select
    r.rule_code,
    r.checked as case_code,
    n.report_id,
    n.indicator_code,
    n.mention_ids,
    cast(null as varchar) as id_text,
    '「' || n.indicator_name_zh || '」只写了要求 ' || n.value_texts || '，没有写实际做到多少；要求不能当作结果。'
        as message_zh,
    '有实际数据' as expected,
    '只有要求 ' || n.value_texts as observed
from norms as n
inner join rules as r on r.checked = 'norm_without_actual'
union all
select
    r.rule_code,
    r.checked as case_code,
    f.report_id,
    cast(null as varchar) as indicator_code,
    f.mention_ids,
    '' as id_text,
    f.rates || ' 个比率为100%，文中没有给出基数：' || f.names_zh || '。' as message_zh,
    '给出基数' as expected,
    '没有基数' as observed
from full_rates as f
inner join rules as r on r.checked = 'hundred_percent_without_base'
