-- A correction names the value that it expects. It is applied where that value stands, idle where its report is not
-- in the corpus, and not matching where the report is here but the value is not.
with report_keys as (
    select
        report_id as report_key,
        report_id
    from {{ ref('stg_documents') }}
    union
    select
        file_name as report_key,
        report_id
    from {{ ref('stg_documents') }}
),

corrections as (
    select
        c.*,
        k.report_id
    from {{ ref('stg_value_corrections') }} as c
    left join report_keys as k on c.report = k.report_key
),

matches as (
    select
        c.line_number,
        m.mention_id
    from corrections as c
    inner join {{ ref('stg_mentions') }} as m
        on
            c.report_id = m.report_id
            and c.value_expected = m.value
            and coalesce(c.mention_id, m.mention_id) = m.mention_id
            and (c.mention_id is not null or (c.indicator_code = m.indicator_code and m.measure = 'level'))
),

matched as (
    select
        line_number,
        list(mention_id order by mention_id) as mention_ids
    from matches
    group by line_number
)

select
    c.line_number,
    c.report,
    c.report_id,
    c.indicator_code,
    c.mention_id,
    c.value_expected,
    c.value_new,
    c.reason,
    c.evidence,
    c.decided_by,
    c.decided_on,
    coalesce(m.mention_ids, []) as mention_ids,
    case
        when c.report_id is null then 'idle'
        when m.line_number is null then 'not_matching'
        else 'applied'
    end as state
from corrections as c
left join matched as m on c.line_number = m.line_number
