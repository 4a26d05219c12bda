select
    report_id,
    file_name,
    issue_code,
    message_zh,
    char_start,
    char_end
from {{ source('staging', 'issues') }}
