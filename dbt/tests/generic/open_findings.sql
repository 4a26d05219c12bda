{#-
    Open errors and warnings of one family of rules. The test's measure is findings per 100 reports, so that one
    ceiling serves a corpus of any size: above it something is broken in the reading rather than in the reports.
-#}
{% test open_findings(model, family) %}

with reports as (
    select greatest(count(*), 1) as report_count from {{ ref('int_report') }}
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
    cast(ceil(100.0 * count(*) over () / r.report_count) as integer) as findings_per_100_reports
from open_ones as f
cross join reports as r

{% endtest %}
