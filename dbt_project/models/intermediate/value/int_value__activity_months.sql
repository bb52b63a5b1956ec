{%- set columns = ['month', 'customer_id'] -%}
{%- for driver in activity_drivers() %}{% do columns.extend([driver, driver ~ '_so_far']) %}{% endfor -%}
{%- do columns.extend(['activity_cost', 'marketing_activity_cost']) -%}

with final as (

    {{ with_untouched_months(
        ref('int_value__activity_charges'), source('live_marts', 'customer_activity_drivers'), columns
    ) }}

)

select * from final
