-- Among a bureau's reports for one year: annual report before other before plan, then the newest published, then the
-- order of the register. The first one gives the year's facts, the others are superseded. Targets are ranked across
-- years later on (a plan and the annual report before it may aim at the same year), so that only an older version of
-- the same kind of document is out here.
with ranked as (
    select
        *,
        bureau_key <> 'unidentified' and year is not null as is_placed,
        case doc_kind when 'annual_report' then 1 when 'other' then 2 else 3 end as fact_kind_rank,
        case doc_kind when 'plan' then 1 when 'annual_report' then 2 else 3 end as target_kind_rank
    from {{ ref('stg_documents') }}
),

placed as (
    select
        *,
        row_number() over (
            partition by bureau_key, year
            order by fact_kind_rank, published_on desc nulls last, register_order nulls last, report_id
        ) as fact_rank,
        first_value(report_id) over (
            partition by bureau_key, year
            order by fact_kind_rank, published_on desc nulls last, register_order nulls last, report_id
        ) as fact_report_id,
        row_number() over (
            partition by bureau_key, year, doc_kind
            order by published_on desc nulls last, register_order nulls last, report_id
        ) as version_rank
    from ranked
)

select
    report_id,
    file_name,
    sha256,
    file_format,
    encoding,
    char_count,
    body_start,
    body_end,
    bureau_key,
    bureau_name,
    department,
    division_code,
    division_level,
    province,
    city,
    county,
    year,
    doc_kind,
    title,
    published_on,
    signed_on,
    source_name,
    source_url,
    identified_by,
    identity_evidence,
    register_order,
    is_placed,
    target_kind_rank,
    not is_placed or fact_rank = 1 as is_current,
    case when is_placed and fact_rank > 1 then fact_report_id end as superseded_by,
    is_placed and version_rank > 1 as is_old_version
from placed
