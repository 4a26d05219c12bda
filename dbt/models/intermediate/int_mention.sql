-- Everything that choosing and the quality rules need to know of a mention, with the steward's correction beside what
-- the text gave. The text itself is cut once, here.
with corrected as (
    select
        unnest(mention_ids) as mention_id,
        value_new,
        line_number
    from {{ ref('int_correction') }}
    where state = 'applied'
),

-- Two corrections of one value are a form error that Python stops; the first line holds should they get here.
correction as (
    select
        mention_id,
        arg_min(value_new, line_number) as value_new
    from corrected
    group by mention_id
),

cut as (
    select
        m.*,
        substr(d.text, m.sentence_start + 1, m.sentence_end - m.sentence_start) as sentence_text
    from {{ ref('stg_mentions') }} as m
    inner join {{ ref('stg_documents') }} as d on m.report_id = d.report_id
)

select
    m.mention_id,
    m.report_id,
    r.bureau_key,
    r.is_placed,
    r.year as report_year,
    r.doc_kind,
    r.is_current,
    r.is_old_version,
    m.ordinal,
    m.share_ordinal,
    m.char_start,
    m.char_end,
    m.value_text,
    m.value_as_written,
    m.unit_as_written,
    m.value_plain,
    m.value as value_reported,
    coalesce(c.value_new, m.value) as value,
    c.mention_id is not null as is_corrected,
    m.unit,
    m.qualifier,
    m.status,
    m.measure,
    m.year,
    m.period,
    m.scope,
    m.label,
    m.section,
    m.clause_group,
    m.is_total,
    m.is_part,
    m.zero_in_words,
    m.indicator_code,
    m.match_score,
    m.candidates,
    i.name_zh as indicator_name_zh,
    i.unit as indicator_unit,
    i.kind,
    i.aggregation,
    i.parent_code,
    i.partition,
    i.plausible_min,
    i.plausible_max,
    m.sentence_start,
    m.sentence_text,
    case
        when m.char_start - m.sentence_start > 0
            then
                substr(
                    m.sentence_text,
                    greatest(m.char_start - m.sentence_start - 1, 1),
                    least(2, m.char_start - m.sentence_start)
                )
        else ''
    end as text_before,
    -- Its own words: from the delimiter before the number to the one after it, without the number.
    regexp_replace(
        regexp_extract(left(m.sentence_text, greatest(m.char_start - m.sentence_start, 0)), '[^{{ delimiters() }}]*$')
        || regexp_extract(substr(m.sentence_text, m.char_end - m.sentence_start + 1), '^[^{{ delimiters() }}]*'),
        '[\s　]+', '', 'g'
    ) as own_words,
    -- The day that a running count stops at, where the sentence gives it.
    try_cast(
        format(
            '{}-{:02d}-{:02d}',
            m.year,
            cast(nullif(regexp_extract(m.sentence_text, {{ cutoff_pattern() }}, 1), '') as integer),
            cast(nullif(regexp_extract(m.sentence_text, {{ cutoff_pattern() }}, 2), '') as integer)
        ) as date
    ) as cutoff_on
from cut as m
inner join {{ ref('int_report') }} as r on m.report_id = r.report_id
left join {{ ref('stg_indicators') }} as i on m.indicator_code = i.indicator_code
left join correction as c on m.mention_id = c.mention_id
