with source as (

    {{ promoted('shop', 'activity_costs') }}

),

renamed as (

    select
        -- text
        activity,
        activity_group,
        driver,

        -- numerics
        cast(cost_amount as numeric) as cost_amount,

        -- booleans
        is_value_adding,
        is_fixed,

        -- dates
        cost_month

    from source

)

select * from renamed
