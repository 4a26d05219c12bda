select
    line_number,
    report,
    nullif(indicator_code, '') as indicator_code,
    nullif(mention_id, '') as mention_id,
    value_expected,
    value_new,
    reason,
    evidence,
    decided_by,
    decided_on
from {{ source('review', 'value_corrections') }}
