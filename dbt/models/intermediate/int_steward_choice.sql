-- A steward's choice becomes a set of mentions and the value to use. By mention: that mention, whatever the rules
-- think of it. By value: the mention that gives it, else the statement, else all competing mentions if they add up to
-- it, else the mentions of the rules' own choice stay as the evidence beside the steward's value.
with competing as (
    select *
    from {{ ref('int_statement') }}
    where status = 'actual' and measure = 'level'
),

by_mention as (
    select
        c.line_number,
        1 as preference,
        m.mention_id,
        m.value as fact_value
    from {{ ref('stg_value_choices') }} as c
    inner join {{ ref('int_mention') }} as m on c.mention_id = m.mention_id and c.bureau_key = m.bureau_key
),

by_value as (
    select
        c.line_number,
        c.value as fact_value,
        s.mention_id,
        s.value,
        s.statement_value,
        s.lost_because,
        coalesce(s.lost_because in ('superseded_report', 'wider_scope', 'lesser_period'), false) as is_outranked,
        row_number() over (
            partition by c.line_number order by s.value <> c.value, s.char_start, s.share_ordinal, s.mention_id
        ) as equal_rank,
        sum(case when s.lost_because in ('superseded_report', 'wider_scope', 'lesser_period') then 0 else s.value end)
            over (partition by c.line_number) as total
    from {{ ref('stg_value_choices') }} as c
    inner join competing as s
        on c.bureau_key = s.bureau_key and c.year = s.year and c.indicator_code = s.indicator_code
    where c.mention_id is null and c.value is not null
),

candidates as (
    select
        line_number,
        preference,
        mention_id,
        fact_value
    from by_mention
    union all
    select
        line_number,
        2 as preference,
        mention_id,
        fact_value
    from by_value
    where equal_rank = 1 and value = fact_value
    union all
    select
        line_number,
        3 as preference,
        mention_id,
        fact_value
    from by_value
    where lost_because is null and statement_value = fact_value
    union all
    select
        line_number,
        4 as preference,
        mention_id,
        fact_value
    from by_value
    where not is_outranked and total = fact_value
    union all
    select
        line_number,
        5 as preference,
        mention_id,
        fact_value
    from by_value
    where lost_because is null
)

select
    c.bureau_key,
    c.year,
    c.indicator_code,
    p.mention_id,
    p.fact_value,
    c.line_number,
    c.reason,
    c.decided_by,
    c.decided_on
from candidates as p
inner join {{ ref('stg_value_choices') }} as c on p.line_number = c.line_number
qualify dense_rank() over (partition by p.line_number order by p.preference) = 1
