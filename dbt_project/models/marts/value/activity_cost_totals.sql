with pools as (

    select * from {{ ref('int_value__activity_pools') }}

),

final as (

    select
        -- ids
        month,
        activity,

        -- text
        activity_group,
        driver,

        -- numerics
        pool,
        charged,
        pool - charged as unassigned,
        driver_rate,
        total_quantity,
        customers_quantity,

        -- booleans
        is_value_adding,
        is_fixed,
        is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from pools

)

select * from final
