-- A rule that blocks publishing has hit: the message says which line to mend. Looks at the end of the marts, too, so
-- that everything is built and can be looked at before publishing is refused.
{{ config(severity='error', meta={'dagster': {'ref': {'name': 'fct_finding'}}}) }}

select
    f.finding_id,
    f.message_zh
from {{ ref('fct_finding') }} as f
inner join {{ ref('build_info') }} as b on b.finding_count > 0
where f.blocks_publishing and f.review_status = 'open'
