-- Each stated part with the nearest statement of its whole: in its sentence, else its section, else the report.
-- Compared are only actual levels of one year, period and scope.
with levels as (
    select
        mention_id,
        report_id,
        indicator_code,
        indicator_name_zh,
        parent_code,
        partition,
        value,
        value_text,
        unit,
        qualifier,
        year,
        period,
        {{ scope_class('scope') }} as scope,
        section,
        clause_group,
        char_start
    from {{ ref('int_mention') }}
    where status = 'actual' and measure = 'level' and indicator_code is not null
),

pairs as (
    select
        p.mention_id as part_id,
        w.mention_id as whole_id,
        p.report_id,
        p.clause_group,
        p.indicator_code as part_code,
        w.indicator_code as whole_code,
        p.indicator_name_zh as part_name_zh,
        w.indicator_name_zh as whole_name_zh,
        p.partition,
        p.value as part_value,
        w.value as whole_value,
        p.value_text as part_text,
        w.value_text as whole_text,
        p.unit as part_unit,
        w.unit as whole_unit,
        p.qualifier as part_qualifier,
        w.qualifier as whole_qualifier,
        p.char_start as part_start,
        case
            when p.clause_group = w.clause_group then 'sentence'
            when p.section = w.section then 'section'
            else 'report'
        end as context,
        w.char_start < p.char_start as whole_is_before,
        abs(w.char_start - p.char_start) as distance
    from levels as p
    inner join levels as w
        on
            p.report_id = w.report_id and p.parent_code = w.indicator_code and p.year = w.year and p.scope = w.scope
            and p.unit = w.unit and (p.clause_group = w.clause_group or p.period = w.period)
)

select * exclude (whole_is_before, distance)
from pairs
qualify
    row_number() over (
        partition by part_id
        order by context = 'sentence' desc, context = 'section' desc, whole_is_before desc, distance, whole_id
    ) = 1
