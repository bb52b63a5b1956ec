with source as (

    {{ promoted('shop', 'customer_costs') }}

),

renamed as (

    select
        -- ids
        cost_id,
        customer_id,

        -- text
        kind,

        -- numerics
        cast(cost_amount as numeric) as cost_amount,

        -- dates
        incurred_on

    from source

)

select * from renamed
