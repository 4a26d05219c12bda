-- Family identity: whose report it is, of which year, under which title; and files that the register misses.
with rules as (
    select
        rule_code,
        {{ rule_text('check') }} as checked
    from ({{ rules_of('identity') }})
),

-- Whether the text itself tells the bureau's name (districts also without their city in front), or at least its
-- place. A register that names every bureau says nothing about that.
judged as (
    select
        r.*,
        coalesce(
            r.identified_by in ('title', 'header', 'signature')
            or contains(d.text, r.bureau_name)
            or contains(d.text, replace(r.bureau_name, r.city, '')),
            false
        ) as is_named,
        coalesce(r.identified_by = 'text' or contains(d.text, coalesce(r.county, r.city, r.province)), false)
            as is_in_text
    from {{ ref('int_report') }} as r
    inner join {{ ref('stg_documents') }} as d on r.report_id = d.report_id
),

missing_files as (
    select g.*
    from {{ ref('stg_register') }} as g
    left join {{ ref('stg_documents') }} as d on g.file_name = d.file_name
    left join {{ ref('stg_rejected_input') }} as x on g.file_name = x.file_name
    where d.file_name is null and x.file_name is null
)

select
    r.rule_code,
    case
        when r.checked = 'bureau_not_named' and j.is_in_text then 'from_text' else 'absent'
    end as case_code,
    j.report_id,
    cast(null as varchar) as indicator_code,
    cast([] as varchar[]) as mention_ids,
    '' as id_text,
    case r.checked
        when 'bureau_not_named'
            then
                '报告没有写明单位全称'
                || case
                    when j.is_in_text then '，只能从行文推知为「' || coalesce(j.bureau_name, '不明') || '」。'
                    else '，「' || coalesce(j.bureau_name, '不明') || '」来自登记表。'
                end
        when 'bureau_unidentified' then '不知道这是哪个单位的报告，数据没有进入事实表；请在登记表中写明单位。'
        when 'year_unidentified' then '不知道这是哪一年的报告，数据没有进入事实表；请在登记表中写明年份。'
        else '文件中没有标题行。'
    end as message_zh,
    case r.checked
        when 'title_missing' then '有标题' when 'year_unidentified' then '写明年份' else '写明单位'
    end as expected,
    case when r.checked = 'bureau_not_named' then coalesce(j.identified_by, '无') else '无' end as observed
from judged as j
inner join rules as r
    on case r.checked
            when 'bureau_not_named' then not j.is_named and j.bureau_key <> 'unidentified'
            when 'bureau_unidentified' then j.bureau_key = 'unidentified'
            when 'year_unidentified' then j.year is null
            when 'title_missing' then j.title is null
            else false
        end
union all
select
    r.rule_code,
    'absent' as case_code,
    cast(null as varchar) as report_id,
    cast(null as varchar) as indicator_code,
    cast([] as varchar[]) as mention_ids,
    g.file_name as id_text,
    '登记表第 ' || g.line_number || ' 行所列文件「' || g.file_name || '」不在文件夹里；请放入文件，或删去这一行。'
        as message_zh,
    '文件存在' as expected,
    '没有这个文件' as observed
from missing_files as g
inner join rules as r on r.checked = 'register_row_without_file'
