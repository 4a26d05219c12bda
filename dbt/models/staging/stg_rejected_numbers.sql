select
    report_id,
    char_start,
    char_end,
    number_text,
    reason_code
from {{ source('staging', 'rejected_numbers') }}
