-- Family period: figures that do not stand for the whole year, one finding for each report, case and last day.
with rules as (
    {{ rules_of('period') }}
),

cases as (
    select
        *,
        case
            when period = 'ytd' and cutoff_on is not null then 'to_date'
            when period = 'ytd' then 'undated'
            when period = 'month' then 'month'
            when
                period = 'year' and kind in ('count', 'amount')
                -- An explicit marker holds up to the next semicolon.
                and regexp_matches(
                    left(sentence_text, char_start - sentence_start), '(今年|年初|[0-9]{4}\s*年)以来[^；;]*$'
                )
                then 'open_end'
        end as case_code
    from {{ ref('int_mention') }}
    where status = 'actual' and measure = 'level' and indicator_code is not null
),

grouped as (
    select
        report_id,
        case_code,
        case when case_code = 'to_date' then cutoff_on end as until,
        min(report_year) as report_year,
        count(*) as figures,
        list(mention_id order by char_start, mention_id) as mention_ids,
        string_agg('「' || value_text || '」', '、' order by char_start, mention_id) as value_texts
    from cases
    where case_code is not null
    group by report_id, case_code, case when case_code = 'to_date' then cutoff_on end
)

select
    r.rule_code,
    g.case_code,
    g.report_id,
    cast(null as varchar) as indicator_code,
    g.mention_ids,
    g.case_code || coalesce(cast(g.until as varchar), '') as id_text,
    case g.case_code
        when 'to_date'
            then
                g.figures || ' 个数据只统计到 ' || g.until || '（距年底 '
                || date_diff('day', g.until, make_date(g.report_year, 12, 31)) || ' 天），不能直接与全年数据比较：'
        when 'month' then g.figures || ' 个数据只是某一个月的，不能代表全年：'
        when 'undated' then g.figures || ' 个数据写明“截至目前”，却不知截至哪一天：'
        else g.figures || ' 个数据只写“以来”，没有写明止于何日：'
    end || g.value_texts || '。' as message_zh,
    '全年数据' as expected,
    case g.case_code
        when 'to_date' then '截至 ' || g.until
        when 'month' then '单月'
        when 'undated' then '截至日期不明'
        else '止日不明'
    end as observed
from grouped as g
inner join rules as r on {{ rule_admits('cases', 'g.case_code') }}
where g.until is null or g.until < make_date(g.report_year, 12, 31)
