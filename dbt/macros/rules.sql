{#- The rules of one family, with their parameters still as JSON text: the head of every finding engine. -#}
{% macro rules_of(family) -%}
    select code as rule_code, parameters
    from {{ ref('dq_rules') }}
    where family = '{{ family }}'
{%- endmacro %}

{#- One parameter of a rule as text, number or yes/no; null where the rule does not set it. -#}
{% macro rule_text(name) -%}
    json_extract_string(parameters, '$.{{ name }}')
{%- endmacro %}

{% macro rule_number(name) -%}
    cast(json_extract_string(parameters, '$.{{ name }}') as decimal(24, 6))
{%- endmacro %}

{#- Whether a column's value is among the blank-separated words of a parameter; true where it is not set. -#}
{% macro rule_admits(name, column) -%}
    coalesce(list_contains(string_split({{ rule_text(name) }}, ' '), {{ column }}), true)
{%- endmacro %}

{#- Two scopes that may be compared: the bureau's own and unmarked figures are one class. -#}
{% macro scope_class(column) -%}
    case when {{ column }} in ('own', 'unknown') then 'own' else {{ column }} end
{%- endmacro %}
