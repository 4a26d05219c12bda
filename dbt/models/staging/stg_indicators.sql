select
    i.code as indicator_code,
    i.name_zh,
    i.name_en,
    i.category,
    c.category_zh,
    c.sort_order as category_order,
    i.unit,
    i.kind,
    i.aggregation,
    i.additive_over_bureaus = 'yes' as additive_over_bureaus,
    i.additive_over_years = 'yes' as additive_over_years,
    nullif(i.parent_code, '') as parent_code,
    nullif(i.partition, '') as partition,
    nullif(i.denominator_code, '') as denominator_code,
    i.polarity,
    i.plausible_min,
    i.plausible_max,
    i.aliases_zh,
    i.definition_zh,
    i.example_wording
from {{ ref('indicators') }} as i
left join {{ ref('categories') }} as c on i.category = c.category
