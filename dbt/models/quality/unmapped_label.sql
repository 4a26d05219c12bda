with unmapped as (
    select
        mention_id,
        report_id,
        label,
        coalesce(unit, '') as unit,
        sentence_text,
        candidates
    from {{ ref('int_mention') }}
    where indicator_code is null
),

suggested as (
    select
        label,
        unit,
        unnest(
            from_json(coalesce(nullif(candidates, ''), '[]'), '[{"indicator_code": "VARCHAR", "score": "DOUBLE"}]')
        ) as item
    from unmapped
),

scored as (
    select
        s.label,
        s.unit,
        s.item.indicator_code as candidate_code,
        max(s.item.score) as score
    from suggested as s
    group by s.label, s.unit, s.item.indicator_code
    qualify row_number() over (partition by s.label, s.unit order by score desc, candidate_code) <= 3
),

best as (
    select
        label,
        unit,
        string_agg(
            candidate_code || ' (' || format('{:.2f}', score) || ')', ', ' order by score desc, candidate_code
        ) as candidates
    from scored
    group by label, unit
)

select
    u.label,
    u.unit,
    cast(count(*) as integer) as mention_count,
    cast(count(distinct u.report_id) as integer) as report_count,
    {{ one_line('arg_min(u.sentence_text, u.mention_id)') }} as example_sentence,
    min(b.candidates) as candidates,
    min(u.mention_id) as example_mention_id
from unmapped as u
left join best as b on u.label = b.label and u.unit = b.unit
group by u.label, u.unit
