{%- set columns = ['month', 'customer_id'] -%}
{%- for driver in activity_drivers() %}{% do columns.extend([driver, driver ~ '_so_far']) %}{% endfor -%}
{%- do columns.extend(['activity_cost', 'marketing_activity_cost']) -%}

with activity_charges as (

    select * from {{ ref('int_value__activity_charges') }}

),

final as (

    {{ with_untouched_months('activity_charges', 'customer_activity_drivers', columns) }}

)

select * from final
