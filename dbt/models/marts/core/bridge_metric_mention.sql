select
    bureau_key,
    year,
    indicator_code,
    unnest(mention_ids) as mention_id
from {{ ref('int_value') }}
where status = 'actual' and measure = 'level'
