with source as (

    {{ promoted('shop', 'orders') }}

),

renamed as (

    select
        -- ids
        order_id,
        customer_id,

        -- text
        status,
        sales_channel,
        currency,

        -- timestamps
        {{ business_time('ordered_at') }} as ordered_at,
        {{ business_time('promised_delivery_at') }} as promised_delivery_at,
        {{ business_time('delivered_at') }} as delivered_at

    from source

)

select * from renamed
