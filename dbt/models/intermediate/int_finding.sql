-- All families together, each finding under an id that depends on rule, report, indicator and the texts of its values
-- alone. Findings that those do not tell apart are one finding with the mentions of all.
{% set families = [
    'range', 'approximation', 'restatement', 'part_whole', 'partition', 'rate', 'dates', 'period', 'identity',
    'content', 'steward'
] %}

with found as (
    {% for family in families %}
        select
            rule_code,
            case_code,
            report_id,
            indicator_code,
            mention_ids,
            id_text,
            message_zh,
            expected,
            observed
        from {{ ref('int_finding_' ~ family) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

numbered as (
    select
        *,
        row_number() over (
            order by
                rule_code, report_id, indicator_code, list_aggregate(mention_ids, 'string_agg', ','), id_text,
                message_zh
        ) as finding_number
    from found
),

worded as (
    select
        u.finding_number,
        string_agg(m.value_text, ',' order by m.char_start, m.mention_id) as value_texts
    from (
        select
            finding_number,
            unnest(mention_ids) as mention_id
        from numbered
    ) as u
    inner join {{ ref('int_mention') }} as m on u.mention_id = m.mention_id
    group by u.finding_number
),

identified as (
    select
        n.*,
        'f' || left(
            md5(
                concat_ws(
                    '|', n.rule_code, coalesce(n.report_id, ''), coalesce(n.indicator_code, ''),
                    coalesce(n.id_text, w.value_texts, '')
                )
            ),
            16
        ) as finding_id
    from numbered as n
    left join worded as w on n.finding_number = w.finding_number
)

select
    finding_id,
    min(rule_code) as rule_code,
    arg_min(case_code, finding_number) as case_code,
    min(report_id) as report_id,
    min(indicator_code) as indicator_code,
    list_sort(list_distinct(flatten(list(mention_ids order by finding_number)))) as mention_ids,
    arg_min(message_zh, finding_number) as message_zh,
    arg_min(expected, finding_number) as expected,
    arg_min(observed, finding_number) as observed
from identified
group by finding_id
