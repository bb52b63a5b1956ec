with source as (

    {{ promoted('shop', 'order_lines') }}

),

renamed as (

    select
        -- ids
        order_id,
        line_key,
        product_id,

        -- numerics
        cast(quantity as numeric) as quantity,
        cast(unit_price as numeric) as unit_price,
        cast(line_amount as numeric) as line_amount,
        cast(discount_amount as numeric) as discount_amount

    from source

)

select * from renamed
