{#-
    Open errors and warnings of one family of rules. The ceiling (error_if) is so many findings per report: above it
    something is broken in the reading rather than in the reports. Few reports count as twenty.
-#}
{% test open_findings(model, family) %}

with reports as (
    select greatest(count(*), 20) as report_count from {{ ref('int_report') }}
),

open_ones as (
    select *
    from {{ model }}
    where family = '{{ family }}' and severity in ('error', 'warning') and review_status = 'open'
)

select
    f.finding_id,
    f.severity,
    f.bureau_key,
    f.year,
    f.message_zh,
    r.report_count
from open_ones as f
cross join reports as r

{% endtest %}
