-- Family approximation: words that approximate a number wrongly, in front of it or inside it.
with rules as (
    select
        rule_code,
        {{ rule_text('before') }} as pattern_before,
        {{ rule_text('inside') }} as pattern_inside,
        {{ rule_number('multiple_of') }} as multiple_of,
        {{ rule_number('from_value') }} as from_value
    from ({{ rules_of('approximation') }})
),

approximated as (
    select *
    from {{ ref('int_mention') }}
    where qualifier <> 'exact'
)

select
    r.rule_code,
    'wording' as case_code,
    m.report_id,
    m.indicator_code,
    [m.mention_id] as mention_ids,
    cast(null as varchar) as id_text,
    case
        when r.multiple_of is null
            then '「'
                || regexp_extract(trim(m.text_before), r.pattern_before)
                || m.value_text
                || '」中表示不足与表示超过的词同时出现，互相矛盾。'
        else '「' || m.value_text || '」看来是确数，却又带有表示超过的词。'
    end as message_zh,
    case when r.multiple_of is null then '只用一个表示约数的词' else '整十的数，或去掉“余”“多”' end as expected,
    case
        when r.multiple_of is null then regexp_extract(trim(m.text_before), r.pattern_before) || m.value_text else
            m.value_text
    end as observed
from approximated as m
inner join rules as r
    on
        (r.pattern_before is null or regexp_matches(trim(m.text_before), r.pattern_before))
        and (r.pattern_inside is null or regexp_matches(m.value_text, r.pattern_inside))
        and (
            r.multiple_of is null
            or (m.value_plain >= coalesce(r.from_value, 0) and m.value_plain % r.multiple_of <> 0)
        )
