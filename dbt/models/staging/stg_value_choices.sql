-- Python refuses a second line for one key; should one slip through, the last line holds.
select
    line_number,
    bureau_key,
    year,
    indicator_code,
    nullif(mention_id, '') as mention_id,
    value,
    reason,
    decided_by,
    decided_on
from {{ source('review', 'value_choices') }}
qualify row_number() over (partition by bureau_key, year, indicator_code order by line_number desc) = 1
