with orders as (

    select * from {{ ref('stg_shop__orders') }}

),

final as (

    select
        -- ids
        {{ source_key('shop', 'order_id') }} as order_id,
        customer_id,

        -- text
        status,
        sales_channel,
        currency,

        -- timestamps
        ordered_at,
        promised_delivery_at,
        delivered_at

    from orders

)

select * from final
