-- The one value, with the mentions it is made of: the best statement, or the steward's choice in its place.
with ruled as (
    select
        s.bureau_key,
        s.year,
        s.indicator_code,
        s.status,
        s.measure,
        s.mention_id,
        s.statement_value as fact_value,
        s.scope,
        s.has_conflict,
        s.chosen_by,
        cast(null as varchar) as choice_reason
    from {{ ref('int_statement') }} as s
    left join {{ ref('int_steward_choice') }} as c
        on
            s.bureau_key = c.bureau_key and s.year = c.year and s.indicator_code = c.indicator_code
            and s.status = 'actual' and s.measure = 'level'
    where s.lost_because is null and c.mention_id is null
    union all
    select
        c.bureau_key,
        c.year,
        c.indicator_code,
        'actual' as status,
        'level' as measure,
        c.mention_id,
        c.fact_value,
        coalesce(s.scope, m.scope) as scope,
        -- Settled by the steward; what the text held remains visible in the mentions.
        false as has_conflict,
        'steward' as chosen_by,
        c.reason as choice_reason
    from {{ ref('int_steward_choice') }} as c
    inner join {{ ref('int_mention') }} as m on c.mention_id = m.mention_id
    left join {{ ref('int_statement') }} as s on c.mention_id = s.mention_id
),

members as (
    select
        r.*,
        m.report_id,
        m.value_reported,
        m.unit,
        m.qualifier,
        m.period,
        row_number() over (
            partition by r.bureau_key, r.year, r.indicator_code, r.status, r.measure
            order by m.char_start, m.share_ordinal, m.mention_id
        ) as position
    from ruled as r
    inner join {{ ref('int_mention') }} as m on r.mention_id = m.mention_id
)

select
    bureau_key,
    year,
    indicator_code,
    status,
    measure,
    cast(max(fact_value) as decimal(24, 6)) as value,
    cast(sum(value_reported) as decimal(24, 6)) as value_reported,
    min(unit) filter (where position = 1) as unit,
    -- Parts of one kind keep it; a sum with a lower bound in it is one, too; other mixtures are approximate.
    case
        when count(distinct qualifier) = 1 then min(qualifier)
        when bool_and(qualifier in ('exact', 'over', 'at_least')) then 'over'
        else 'about'
    end as qualifier,
    min(period) filter (where position = 1) as period,
    min(scope) filter (where position = 1) as scope,
    min(report_id) filter (where position = 1) as report_id,
    min(mention_id) filter (where position = 1) as mention_id,
    list(mention_id order by position) as mention_ids,
    cast(count(*) as integer) as mention_count,
    bool_or(has_conflict) as has_conflict,
    max(fact_value) <> sum(value_reported) as is_corrected,
    min(chosen_by) as chosen_by,
    min(choice_reason) as choice_reason
from members
group by bureau_key, year, indicator_code, status, measure
