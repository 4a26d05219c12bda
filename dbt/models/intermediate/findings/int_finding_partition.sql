-- Family partition: the parts of one whole, told in one sentence, add up to more or (all of them told) to less.
with rules as (
    {{ rules_of('partition') }}
),

siblings as (
    select
        parent_code as whole_code,
        partition,
        count(*) as siblings
    from {{ ref('stg_indicators') }}
    where partition is not null
    group by parent_code, partition
),

-- The first statement of each part in the sentence.
parts as (
    select *
    from {{ ref('int_part_whole') }}
    where context = 'sentence' and partition is not null
    qualify
        row_number() over (partition by whole_id, partition, part_code order by part_start, part_id) = 1
),

summed as (
    select
        report_id,
        whole_id,
        whole_code,
        whole_name_zh,
        whole_text,
        whole_value,
        whole_qualifier,
        partition,
        sum(part_value) as parts_value,
        count(*) as parts,
        bool_and(part_qualifier = 'exact') as parts_exact,
        bool_and(part_qualifier in ('exact', 'over', 'at_least')) as parts_at_least,
        list(part_id order by part_start, part_id) as part_ids,
        string_agg(part_text, '＋' order by part_start, part_id) as part_texts
    from parts
    group by report_id, whole_id, whole_code, whole_name_zh, whole_text, whole_value, whole_qualifier, partition
)

select
    r.rule_code,
    {{ rule_text('compare') }} as case_code,
    s.report_id,
    s.whole_code as indicator_code,
    list_prepend(s.whole_id, s.part_ids) as mention_ids,
    cast(null as varchar) as id_text,
    '「' || s.whole_name_zh || '」为「' || s.whole_text || '」，所列各部分 ' || s.part_texts || ' 合计 '
    || {{ plain_number('s.parts_value') }} || '，'
    || case when s.parts_value > s.whole_value then '多出 ' else '还差 ' end
    || {{ plain_number('abs(s.parts_value - s.whole_value)') }} || '。' as message_zh,
    {{ plain_number('s.whole_value') }} as expected,
    {{ plain_number('s.parts_value') }} as observed
from summed as s
inner join siblings as n on s.whole_code = n.whole_code and s.partition = n.partition
inner join rules as r
    on
        (
            {{ rule_text('compare') }} = 'over' and s.parts_value > s.whole_value and s.parts_at_least
            and s.whole_qualifier in ('exact', 'nearly', 'at_most') and s.parts > 1
        )
        or (
            {{ rule_text('compare') }} = 'short' and s.parts_value < s.whole_value and s.parts_exact
            and s.whole_qualifier = 'exact' and s.parts = n.siblings
        )
