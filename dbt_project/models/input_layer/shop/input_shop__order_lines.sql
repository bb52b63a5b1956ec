with order_lines as (

    select * from {{ ref('stg_shop__order_lines') }}

),

final as (

    select
        -- ids
        {{ source_key('shop', 'order_id') }} as order_id,
        line_key,
        {{ source_key('shop', 'product_id') }} as product_id,

        -- numerics
        quantity,
        unit_price,
        line_amount,
        discount_amount

    from order_lines

)

select * from final
