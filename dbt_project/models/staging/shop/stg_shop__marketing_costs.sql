with source as (

    {{ promoted('shop', 'marketing_costs') }}

),

renamed as (

    select
        -- text
        channel,

        -- numerics
        cast(cost_amount as numeric) as cost_amount,

        -- dates
        cost_month

    from source

)

select * from renamed
