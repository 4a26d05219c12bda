select
    f.bureau_key,
    f.year,
    f.indicator_code,
    b.bureau_name,
    b.department,
    b.province,
    b.city,
    b.county,
    b.division_code,
    b.division_level,
    lv.label_zh as division_level_zh,
    y.five_year_plan,
    i.name_zh,
    i.name_en,
    i.category,
    i.category_zh,
    i.category_order,
    i.kind,
    i.kind_zh,
    i.aggregation,
    i.additive_over_bureaus,
    i.additive_over_years,
    i.parent_code,
    i.partition,
    i.denominator_code,
    i.polarity,
    i.plausible_min,
    i.plausible_max,
    i.definition_zh,
    f.value,
    f.value_reported,
    f.unit,
    f.qualifier,
    ql.label_zh as qualifier_zh,
    'actual' as status,
    st.label_zh as status_zh,
    f.period,
    pd.label_zh as period_zh,
    f.scope,
    sc.label_zh as scope_zh,
    f.report_id,
    f.mention_id,
    f.mention_count,
    f.has_conflict,
    f.is_corrected,
    f.chosen_by,
    ch.label_zh as chosen_by_zh,
    f.choice_reason,
    f.worst_severity,
    sv.label_zh as worst_severity_zh,
    r.file_name,
    r.title,
    r.doc_kind,
    r.doc_kind_zh,
    r.published_on,
    r.signed_on,
    r.source_url,
    m.value_text,
    m.sentence as quote,
    m.section,
    m.char_start,
    m.char_end,
    'evidence/' || f.report_id || '.html#' || f.mention_id as evidence_path
from {{ ref('fct_metric') }} as f
inner join {{ ref('dim_bureau') }} as b on f.bureau_key = b.bureau_key
inner join {{ ref('dim_year') }} as y on f.year = y.year
inner join {{ ref('dim_indicator') }} as i on f.indicator_code = i.indicator_code
inner join {{ ref('dim_report') }} as r on f.report_id = r.report_id
inner join {{ ref('fct_mention') }} as m on f.mention_id = m.mention_id
left join {{ ref('code_labels') }} as ql on ql.code_type = 'qualifier' and f.qualifier = ql.code
left join {{ ref('code_labels') }} as st on st.code_type = 'status' and st.code = 'actual'
left join {{ ref('code_labels') }} as pd on pd.code_type = 'period' and f.period = pd.code
left join {{ ref('code_labels') }} as sc on sc.code_type = 'scope' and f.scope = sc.code
left join {{ ref('code_labels') }} as ch on ch.code_type = 'chosen_by' and f.chosen_by = ch.code
left join {{ ref('code_labels') }} as sv on sv.code_type = 'severity' and f.worst_severity = sv.code
left join {{ ref('code_labels') }} as lv on lv.code_type = 'division_level' and b.division_level = lv.code
