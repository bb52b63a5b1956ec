with exchange_rates as (

    select * from {{ ref('stg_shop__exchange_rates') }}

),

final as (

    select
        -- text
        currency,

        -- numerics
        rate,

        -- dates
        rate_date

    from exchange_rates

)

select * from final
