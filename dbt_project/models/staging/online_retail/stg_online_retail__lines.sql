with source as (

    {{ promoted('online_retail', 'lines') }}

),

renamed as (

    select
        -- ids
        _key as line_key,
        order_id as invoice_id,
        customer_id,

        -- text
        product_code as stock_code,
        description,
        country,

        -- numerics
        cast(quantity as numeric) as quantity,
        cast(unit_price as numeric) as unit_price,

        -- timestamps
        {{ business_time('ordered_at') }} as invoiced_at

    from source

)

select * from renamed
