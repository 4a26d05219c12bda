select
    bureau_key,
    year,
    indicator_code,
    measure,
    status,
    value,
    value_reported,
    unit,
    qualifier,
    period,
    scope,
    report_id,
    mention_id,
    mention_count,
    has_conflict,
    is_corrected
from {{ ref('int_value') }}
where status <> 'actual'
