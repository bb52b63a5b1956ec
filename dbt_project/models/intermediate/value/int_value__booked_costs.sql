with customer_costs as (

    select * from {{ ref('input_layer__customer_costs') }}

),

final as (

    select
        -- ids
        customer_id,
        {{ period_start('incurred_on', 'month') }} as month,

        -- numerics
        {%- for kind in ['acquisition', 'retention', 'service'] %}
        coalesce(sum(case when kind = '{{ kind }}' then cost_amount end), 0) as {{ kind }}_cost,
        {%- endfor %}

        -- booleans
        {{ dbt.bool_or("kind = 'acquisition'") }} as has_acquisition_cost

    from customer_costs

    where {{ happened('incurred_on') }}

    group by customer_id, {{ period_start('incurred_on', 'month') }}

)

select * from final
