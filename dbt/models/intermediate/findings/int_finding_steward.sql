-- Family steward: lines of the steward files that do not meet the reports. Reviews of findings that are gone are told
-- by fct_finding, which alone knows all findings.
with rules as (
    select
        rule_code,
        {{ rule_text('check') }} as checked
    from ({{ rules_of('steward') }})
),

chosen as (
    select distinct line_number from {{ ref('int_steward_choice') }}
),

lost_choices as (
    select c.*
    from {{ ref('stg_value_choices') }} as c
    left join chosen as s on c.line_number = s.line_number
    where s.line_number is null
)

select
    r.rule_code,
    c.state as case_code,
    c.report_id,
    c.indicator_code,
    cast([] as varchar[]) as mention_ids,
    c.report || '|' || coalesce(c.mention_id, '') || '|' || {{ plain_number('c.value_expected') }} as id_text,
    case c.state
        when 'not_matching'
            then
                '更正表第 ' || c.line_number || ' 行：报告「' || c.report || '」的「'
                || coalesce(c.mention_id, c.indicator_code) || '」没有原值 '
                || {{ plain_number('c.value_expected') }} || '，更正没有执行。请核对后修改或删去这一行。'
        else
            '更正表第 ' || c.line_number || ' 行：报告「' || c.report || '」不在文件夹里，更正暂不执行。'
    end as message_zh,
    {{ plain_number('c.value_expected') }} as expected,
    case c.state when 'not_matching' then '没有这个值' else '没有这份报告' end as observed
from {{ ref('int_correction') }} as c
inner join rules as r
    on (c.state = 'not_matching' and r.checked = 'correction_not_matching')
        or (c.state = 'idle' and r.checked = 'correction_idle')
union all
select
    r.rule_code,
    'not_matching' as case_code,
    cast(null as varchar) as report_id,
    c.indicator_code,
    cast([] as varchar[]) as mention_ids,
    c.bureau_key || '|' || c.year || '|' || coalesce(c.mention_id, {{ plain_number('c.value') }}) as id_text,
    '选值表第 ' || c.line_number || ' 行：单位 ' || c.bureau_key || ' ' || c.year || ' 年的「' || c.indicator_code
    || '」没有可用的「' || coalesce(c.mention_id, {{ plain_number('c.value') }}) || '」，没有执行。' as message_zh,
    coalesce(c.mention_id, {{ plain_number('c.value') }}) as expected,
    '没有' as observed
from lost_choices as c
inner join rules as r on r.checked = 'choice_not_matching'
