with mentions as (
    select
        report_id,
        count(*) as mention_count
    from {{ ref('int_mention') }}
    group by report_id
)

select
    r.report_id,
    r.file_name,
    r.sha256,
    r.bureau_key,
    r.year,
    r.title,
    r.doc_kind,
    k.label_zh as doc_kind_zh,
    r.published_on,
    r.signed_on,
    r.source_name,
    r.source_url,
    r.identified_by,
    r.is_current,
    r.superseded_by,
    r.file_format,
    r.char_count,
    cast(coalesce(m.mention_count, 0) as integer) as mention_count
from {{ ref('int_report') }} as r
left join mentions as m on r.report_id = m.report_id
left join {{ ref('code_labels') }} as k on k.code_type = 'doc_kind' and r.doc_kind = k.code
