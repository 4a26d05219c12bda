-- Who may compete at all. The first reason that applies is the one that is told.
with placed as (
    select
        *,
        -- The whole that a part of the same indicator belongs to, within the sentence.
        max(case when not is_part then value end) over (
            partition by report_id, clause_group, indicator_code, status, measure, year
        ) as whole_in_sentence,
        -- "Own" carries over to figures of the same sentence without a mark of their own.
        bool_or(scope = 'own') over (
            partition by report_id, clause_group, indicator_code, status, measure
        ) as own_in_sentence
    from {{ ref('int_mention') }}
)

select
    mention_id,
    case when status = 'actual' then 'metric' else 'target' end as competes_for,
    case when scope = 'unknown' and own_in_sentence then 'own' else scope end as scope_in_sentence,
    case
        when indicator_code is null then 'unmapped'
        when bureau_key = 'unidentified' then 'bureau_unidentified'
        when report_year is null or year is null then 'year_unknown'
        when status = 'actual' and measure <> 'level' then 'not_a_level'
        when status = 'actual' and year <> report_year then 'other_year'
        when scope = 'upper' then 'scope_upper'
        when scope = 'subordinate' then 'scope_subordinate'
        when measure = 'level' and coalesce(unit, '') <> coalesce(indicator_unit, '') then 'unit_mismatch'
        when status = 'actual' and not is_current then 'superseded_report'
        when status <> 'actual' and is_old_version then 'superseded_report'
        when status = 'actual' and period = 'multi_year' then 'multi_year'
        when status = 'actual' and period = 'month' and kind not in ('stock', 'ratio') then 'month_of_a_flow'
        when is_part and whole_in_sentence >= value then 'part_of_whole'
    end as excluded_because
from placed
