-- Competing mentions of one bureau, year and indicator (targets: also one measure and status), gathered into
-- statements: a mention alone, or coordinated parts that are added up. The best statement is the value.
with competing as (
    select
        m.mention_id,
        m.bureau_key,
        m.year,
        m.indicator_code,
        m.status,
        m.measure,
        m.report_id,
        m.report_year,
        m.clause_group,
        m.char_start,
        m.char_end,
        m.share_ordinal,
        m.own_words,
        m.text_before,
        m.sentence_text,
        m.sentence_start,
        m.value,
        m.value_reported,
        m.unit,
        m.qualifier,
        m.period,
        s.scope_in_sentence as scope,
        m.is_total,
        m.aggregation,
        case when s.scope_in_sentence = 'system' then 2 else 1 end as scope_rank,
        case m.period when 'year' then 1 when 'as_of' then 2 when 'ytd' then 3 when 'month' then 4 else 5 end
            as period_rank,
        r.target_kind_rank,
        r.published_on,
        r.register_order
    from {{ ref('int_mention') }} as m
    inner join {{ ref('int_standing') }} as s on m.mention_id = s.mention_id
    inner join {{ ref('int_report') }} as r on m.report_id = r.report_id
    where s.excluded_because is null
),

-- Facts come from one report alone, so that the report's rank matters for targets only.
tiered as (
    select
        *,
        first_value(report_id) over best as best_report_id,
        first_value(scope_rank) over best as best_scope_rank,
        first_value(period_rank) over best as best_period_rank
    from competing
    window
        best as (
            partition by bureau_key, year, indicator_code, status, measure
            order by
                target_kind_rank, published_on desc nulls last, report_year desc, register_order nulls last,
                report_id, scope_rank, period_rank
        )
),

judged as (
    select
        *,
        case
            when report_id <> best_report_id then 'superseded_report'
            when scope_rank > best_scope_rank then 'wider_scope'
            when period_rank > best_period_rank then 'lesser_period'
        end as outranked_because
    from tiered
),

-- Coordinated: neighbours in one sentence, joined by 、 or 和 and the like. Over a comma only where the same words lead
-- up to both numbers (对甲检查3次，对乙检查5次); over a semicolon or full stop never.
neighbours as (
    select
        *,
        lag(char_end) over listed as previous_end,
        lag(text_before) over listed as previous_text_before
    from judged
    where
        outranked_because is null and status = 'actual' and measure = 'level' and aggregation = 'sum'
        and not is_total
    window
        listed as (
            partition by bureau_key, year, indicator_code, report_id, clause_group
            order by char_start, share_ordinal, mention_id
        )
),

gaps as (
    select
        *,
        substr(sentence_text, previous_end - sentence_start + 1, greatest(char_start - previous_end, 0)) as gap
    from neighbours
),

runs as (
    select
        *,
        sum(
            case
                when
                    previous_end is null
                    or regexp_matches(gap, '[。；;！!？?]')
                    or (regexp_matches(gap, '[，,]') and text_before is distinct from previous_text_before)
                    then 1
                else 0
            end
        ) over (
            partition by bureau_key, year, indicator_code, report_id, clause_group
            order by char_start, share_ordinal, mention_id
            rows between unbounded preceding and current row
        ) as run
    from gaps
),

crowded as (
    select *
    from runs
    qualify count(*) over (partition by bureau_key, year, indicator_code, report_id, clause_group, run) > 1
),

-- The stage that a figure is at: of the stage words among its own, the last one.
stages as (
    select
        c.mention_id,
        arg_max(t.stage, strpos(c.own_words, t.term) * 100 + length(t.term)) as stage
    from crowded as c
    inner join {{ ref('stage_terms') }} as t on contains(c.own_words, t.term)
    group by c.mention_id
),

run_facts as (
    select
        c.bureau_key,
        c.year,
        c.indicator_code,
        c.report_id,
        c.clause_group,
        c.run,
        count(*) as members,
        count(distinct c.own_words) filter (where c.own_words <> '') as wordings,
        count(distinct c.value) as different_values,
        count(distinct s.stage) as stages,
        sum(c.value) as total,
        max(c.value) as largest,
        arg_min(c.mention_id, c.char_start * 100 + c.share_ordinal) as first_mention_id
    from crowded as c
    left join stages as s on c.mention_id = s.mention_id
    group by c.bureau_key, c.year, c.indicator_code, c.report_id, c.clause_group, c.run
),

gathered as (
    select
        j.*,
        -- One of three or more figures that equals the sum of the others is their total, said or unsaid.
        coalesce(f.members > 2 and f.total = 2 * f.largest, false) as has_own_total,
        coalesce(f.members > 2 and f.total = 2 * f.largest and j.value = f.largest, false) as is_own_total,
        -- Added up: coordinated, each with words of its own, at one stage. The same value twice is a restatement.
        coalesce(
            f.wordings = f.members and f.different_values > 1 and f.stages <= 1
            and not (f.members > 2 and f.total = 2 * f.largest),
            false
        ) as is_added_up,
        f.total as run_total,
        f.first_mention_id
    from judged as j
    left join crowded as c on j.mention_id = c.mention_id
    left join run_facts as f
        on
            c.bureau_key = f.bureau_key and c.year = f.year and c.indicator_code = f.indicator_code
            and c.report_id = f.report_id and c.clause_group = f.clause_group and c.run = f.run
),

statements as (
    select
        *,
        case when is_added_up then first_mention_id else mention_id end as statement_id,
        case when is_added_up then cast(run_total as decimal(24, 6)) else value end as statement_value,
        is_total or is_own_total as states_total
    from gathered
),

led as (
    select
        *,
        first_value(statement_id) over best as best_statement_id,
        first_value(statement_value) over best as best_value,
        first_value(states_total) over best as best_states_total,
        first_value(report_id || '-' || clause_group) over best as best_sentence
    from statements
    window
        best as (
            partition by bureau_key, year, indicator_code, status, measure
            order by
                outranked_because nulls first, states_total desc, scope <> 'own', char_start, share_ordinal,
                mention_id
        )
),

decided as (
    select
        *,
        case
            when outranked_because is not null then outranked_because
            when statement_id = best_statement_id then null
            when
                (has_own_total and not is_own_total)
                or (
                    best_states_total and not states_total
                    and report_id || '-' || clause_group = best_sentence and statement_value <= best_value
                )
                then 'part_of_whole'
            when statement_value = best_value then 'restated'
            else 'conflicting_value'
        end as lost_because
    from led
)

select
    mention_id,
    bureau_key,
    year,
    indicator_code,
    status,
    measure,
    report_id,
    char_start,
    share_ordinal,
    value,
    value_reported,
    unit,
    qualifier,
    period,
    scope,
    statement_id,
    statement_value,
    is_added_up,
    lost_because,
    coalesce(
        bool_or(lost_because = 'conflicting_value') over (
            partition by bureau_key, year, indicator_code, status, measure
        ),
        false
    ) as has_conflict,
    case
        when best_states_total then 'stated_total'
        when bool_or(is_added_up and statement_id = best_statement_id) over (
                partition by bureau_key, year, indicator_code, status, measure
            )
            then 'sum_of_parts'
        when bool_or(lost_because = 'conflicting_value') over (
                partition by bureau_key, year, indicator_code, status, measure
            )
            then 'first_statement'
        else 'only_value'
    end as chosen_by
from decided
