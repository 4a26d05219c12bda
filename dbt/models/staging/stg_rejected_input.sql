select
    file_name,
    reason_code,
    message_zh,
    sha256,
    duplicate_of
from {{ source('staging', 'rejected_input') }}
