-- What became of each mention.
with used as (
    select
        unnest(mention_ids) as mention_id,
        status
    from {{ ref('int_value') }}
),

standing as (
    select
        m.mention_id,
        m.status,
        coalesce(bool_or(u.status = 'actual'), false) as is_chosen,
        coalesce(bool_or(u.status <> 'actual'), false) as is_target_chosen
    from {{ ref('int_mention') }} as m
    left join used as u on m.mention_id = u.mention_id
    group by m.mention_id, m.status
)

select
    t.mention_id,
    t.is_chosen,
    t.is_target_chosen,
    case
        when t.is_chosen then null
        when t.is_target_chosen then t.status
        when x.excluded_because is not null then x.excluded_because
        when s.lost_because is not null then s.lost_because
        else 'steward_choice'
    end as not_chosen_because
from standing as t
inner join {{ ref('int_standing') }} as x on t.mention_id = x.mention_id
left join {{ ref('int_statement') }} as s on t.mention_id = s.mention_id
