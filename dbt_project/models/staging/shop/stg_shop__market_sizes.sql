with source as (

    {{ promoted('shop', 'market_sizes') }}

),

renamed as (

    select
        -- text
        category,

        -- numerics
        cast(year as integer) as year,
        cast(market_sales as numeric) as market_sales,
        cast(largest_competitor_sales as numeric) as largest_competitor_sales

    from source

)

select * from renamed
