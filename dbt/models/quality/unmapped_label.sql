with unmapped as (
    select
        mention_id,
        report_id,
        label,
        unit,
        sentence_text,
        candidates
    from {{ ref('int_mention') }}
    where indicator_code is null
),

suggested as (
    select
        u.label,
        u.unit,
        c.item.indicator_code as indicator_code,
        max(c.item.score) as score
    from (
        select
            label,
            unit,
            unnest(
                from_json(
                    coalesce(nullif(candidates, ''), '[]'), '[{"indicator_code": "VARCHAR", "score": "DOUBLE"}]'
                )
            ) as item
        from unmapped
    ) as c
    inner join (select distinct label, unit from unmapped) as u on c.label = u.label and c.unit = u.unit
    group by u.label, u.unit, c.item.indicator_code
),

best as (
    select
        label,
        unit,
        string_agg(
            indicator_code || ' (' || format('{:.2f}', score) || ')', ', ' order by score desc, indicator_code
        ) as candidates
    from (
        select *
        from suggested
        qualify row_number() over (partition by label, unit order by score desc, indicator_code) <= 3
    )
    group by label, unit
)

select
    u.label,
    coalesce(u.unit, '') as unit,
    cast(count(*) as integer) as mention_count,
    cast(count(distinct u.report_id) as integer) as report_count,
    {{ one_line('arg_min(u.sentence_text, u.mention_id)') }} as example_sentence,
    min(b.candidates) as candidates,
    min(u.mention_id) as example_mention_id
from unmapped as u
left join best as b on u.label = b.label and u.unit = b.unit
group by u.label, coalesce(u.unit, '')
