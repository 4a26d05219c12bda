-- Every mention that a finding names exists, so that its quote can be shown.
{{ config(severity='error', meta={'dagster': {'ref': {'name': 'fct_finding'}}}) }}

select
    f.finding_id,
    f.mention_id
from (
    select
        finding_id,
        unnest(mention_ids) as mention_id
    from {{ ref('fct_finding') }}
) as f
left join {{ ref('fct_mention') }} as m on f.mention_id = m.mention_id
where m.mention_id is null
