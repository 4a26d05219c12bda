select
    i.indicator_code,
    i.name_zh,
    i.name_en,
    i.category,
    i.category_zh,
    i.category_order,
    i.unit,
    i.kind,
    k.label_zh as kind_zh,
    i.aggregation,
    i.additive_over_bureaus,
    i.additive_over_years,
    i.parent_code,
    i.partition,
    i.denominator_code,
    i.polarity,
    i.plausible_min,
    i.plausible_max,
    i.definition_zh
from {{ ref('stg_indicators') }} as i
left join {{ ref('code_labels') }} as k on k.code_type = 'kind' and i.kind = k.code
