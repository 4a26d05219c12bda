select
    line_number,
    file_name,
    report_id,
    bureau_name,
    division_code,
    department,
    year,
    doc_kind
from {{ source('review', 'register') }}
