-- Family range: a level outside the catalogue's bounds. Which kinds of indicators, the rule's row says.
with rules as (
    {{ rules_of('range') }}
)

select
    r.rule_code,
    'outside' as case_code,
    m.report_id,
    m.indicator_code,
    [m.mention_id] as mention_ids,
    cast(null as varchar) as id_text,
    '「' || m.indicator_name_zh || '」写作「' || m.value_text || '」，即 ' || {{ plain_number('m.value') }} || ' '
    || m.unit || '，超出 ' || {{ plain_number('m.plausible_min') }} || ' 至 '
    || {{ plain_number('m.plausible_max') }} || ' 的合理范围。' as message_zh,
    {{ plain_number('m.plausible_min') }} || ' 至 ' || {{ plain_number('m.plausible_max') }} as expected,
    {{ plain_number('m.value') }} as observed
from {{ ref('int_mention') }} as m
inner join rules as r on {{ rule_admits('kinds', 'm.kind') }}
where m.measure = 'level' and (m.value < m.plausible_min or m.value > m.plausible_max)
