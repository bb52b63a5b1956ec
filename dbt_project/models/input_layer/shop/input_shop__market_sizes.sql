with market_sizes as (

    select * from {{ ref('stg_shop__market_sizes') }}

),

final as (

    select
        -- text
        category,

        -- numerics
        market_sales,
        largest_competitor_sales,

        -- dates
        cast(year || '-01-01' as date) as year

    from market_sizes

)

select * from final
