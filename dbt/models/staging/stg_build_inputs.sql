select
    name,
    value
from {{ source('staging', 'build_inputs') }}
