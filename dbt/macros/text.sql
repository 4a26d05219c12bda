{#- A DECIMAL(24, 6) as people write it: 100, 85.98. -#}
{% macro plain_number(column) -%}
    regexp_replace(cast({{ column }} as varchar), '\.?0+$', '')
{%- endmacro %}

{#- Running white space (line breaks of the source among it) as one blank, for display. -#}
{% macro one_line(column) -%}
    trim(regexp_replace({{ column }}, '[\s　]+', ' ', 'g'))
{%- endmacro %}

{#- "Up to 12 December": month and day, with this year's name or none in front. -#}
{% macro cutoff_pattern() -%}
    '截[至止]到?(?:今年|本年|当年|[0-9]{4}年)?([0-9]{1,2})月([0-9]{1,2})日'
{%- endmacro %}

{#- Characters that end a stretch of words, for a regular expression's brackets. -#}
{% macro delimiters() -%}
    ，,、；;。：:！!？?（()）
{%- endmacro %}
