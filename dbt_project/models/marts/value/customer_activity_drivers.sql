with activity_months as (

    select * from {{ ref('int_value__activity_months') }}

),

final as (

    select
        -- ids
        month,
        customer_id,

        -- numerics
        {%- for driver in activity_drivers() %}
        {{ driver }},
        {{ driver }}_so_far,
        {%- endfor %}
        activity_cost,
        marketing_activity_cost

    from activity_months

)

select * from final
