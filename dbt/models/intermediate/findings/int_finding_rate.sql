-- Family rate: a stated rate against the numerator and denominator of the same report, at the precision stated.
-- Raised only where no stated pair gives the rate, rounded or cut.
with rules as (
    {{ rules_of('rate') }}
),

levels as (
    select
        *,
        {{ scope_class('scope') }} as compared_scope
    from {{ ref('int_mention') }}
    where
        status = 'actual' and measure = 'level' and qualifier = 'exact' and indicator_code is not null
),

compared as (
    select
        q.mention_id as rate_id,
        q.report_id,
        q.indicator_code,
        q.indicator_name_zh,
        q.value_text as rate_text,
        q.value as rate_value,
        n.mention_id as numerator_id,
        n.indicator_name_zh as numerator_name_zh,
        n.value as numerator,
        d.mention_id as denominator_id,
        d.indicator_name_zh as denominator_name_zh,
        d.value as denominator,
        cast(n.value as double) / cast(d.value as double) * 100 as computed,
        power(
            10,
            -greatest(
                length(regexp_extract(q.value_text, '[.．]([0-9０-９]+)', 1)),
                length(regexp_extract({{ plain_number('q.value') }}, '[.]([0-9]+)', 1))
            )
        ) as last_place,
        abs(n.char_start - q.char_start) + abs(d.char_start - q.char_start) as distance
    from levels as q
    inner join {{ ref('rate_rules') }} as f on q.indicator_code = f.rate_code
    inner join levels as n
        on
            q.report_id = n.report_id and f.numerator_code = n.indicator_code and q.year = n.year
            and q.compared_scope = n.compared_scope and (q.period = 'month') = (n.period = 'month')
    inner join levels as d
        on
            q.report_id = d.report_id and f.denominator_code = d.indicator_code and q.year = d.year
            and q.compared_scope = d.compared_scope and (q.period = 'month') = (d.period = 'month')
            and d.value > 0
),

judged as (
    select
        *,
        bool_or(abs(computed - cast(rate_value as double)) < last_place) over (partition by rate_id) as has_match
    from compared
    qualify
        row_number() over (partition by rate_id order by distance, numerator_id, denominator_id) = 1
)

select
    r.rule_code,
    'recomputed' as case_code,
    j.report_id,
    j.indicator_code,
    [j.rate_id, j.numerator_id, j.denominator_id] as mention_ids,
    cast(null as varchar) as id_text,
    '「' || j.indicator_name_zh || '」写作「' || j.rate_text || '」，但' || j.numerator_name_zh || ' '
    || {{ plain_number('j.numerator') }} || ' ÷ ' || j.denominator_name_zh || ' '
    || {{ plain_number('j.denominator') }} || ' ＝ ' || format('{:.2f}', j.computed) || '%。' as message_zh,
    format('{:.2f}', j.computed) as expected,
    {{ plain_number('j.rate_value') }} as observed
from judged as j
cross join rules as r
where not j.has_match
