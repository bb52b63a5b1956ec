with source as (

    {{ promoted('shop', 'exchange_rates') }}

),

renamed as (

    select
        -- text
        currency,

        -- numerics
        cast(rate as numeric) as rate,

        -- dates
        rate_date

    from source

)

select * from renamed
