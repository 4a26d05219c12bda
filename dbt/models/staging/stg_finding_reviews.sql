-- One judgement per finding: the latest, then the last line.
select
    line_number,
    finding_id,
    decision,
    reason,
    reviewed_by,
    reviewed_on,
    valid_until
from {{ source('review', 'finding_reviews') }}
qualify
    row_number() over (
        partition by finding_id order by reviewed_on desc nulls last, line_number desc
    ) = 1
