{#- Two tables that hold the same rows in different dress have equally many. -#}
{% test equal_row_count(model, other) %}

select *
from (
    select
        (select count(*) from {{ model }}) as rows_here,
        (select count(*) from {{ other }}) as rows_there
)
where rows_here <> rows_there

{% endtest %}
