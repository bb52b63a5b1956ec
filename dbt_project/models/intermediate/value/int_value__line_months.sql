{{ config(
    materialized='incremental', incremental_strategy='kept', schema='kept', unlogged=true,
    post_hook="{{ gather_statistics(this) }}"
) }}

{%- set kinds = purchase_kinds() -%}

with order_lines as (

    {{ fact_of_touched('order_lines') }}

),

final as (

    select
        -- ids
        customer_id,
        {{ period_start('ordered_on', 'month') }} as month,

        -- numerics
        cast(count(*) as integer) as count_lines,
        {%- for kind in kinds %}
        coalesce(sum(case when purchase_kind = '{{ kind }}' then gross_revenue - discount_amount end), 0)
            as {{ kind }}_sales,
        {%- endfor %}
        sum(cost_of_goods) as cost_of_goods

    from order_lines

    group by customer_id, {{ period_start('ordered_on', 'month') }}

)

select * from final
