-- Family part_whole: a part larger than its whole. An approximate whole may be somewhat larger than it says.
with rules as (
    {{ rules_of('part_whole') }}
)

select
    r.rule_code,
    p.context as case_code,
    p.report_id,
    p.part_code as indicator_code,
    [p.part_id, p.whole_id] as mention_ids,
    cast(null as varchar) as id_text,
    '「' || p.part_name_zh || '」为「' || p.part_text || '」，大于它所属的「' || p.whole_name_zh || '」「'
    || p.whole_text || '」' || case
        when p.context = 'report' then '；两数不在同一节，口径可能不同。'
        when p.context = 'section' then '；两数在同一节，不在同一句。'
        else '；两数在同一句中，不能都对。'
    end as message_zh,
    '不大于 ' || {{ plain_number('p.whole_value') }} as expected,
    {{ plain_number('p.part_value') }} as observed
from {{ ref('int_part_whole') }} as p
inner join rules as r on {{ rule_admits('contexts', 'p.context') }}
where
    p.part_qualifier in ('exact', 'over', 'at_least')
    and p.part_value > p.whole_value * case
        when p.whole_qualifier in ('over', 'about', 'at_least')
            then 1 + coalesce({{ rule_number('slack_for_about') }}, 0)
        else 1
    end
