with source as (

    {{ promoted('shop', 'refunds') }}

),

renamed as (

    select
        -- ids
        refund_id,
        order_id,
        customer_id,

        -- text
        reason,

        -- numerics
        cast(refund_amount as numeric) as refund_amount,

        -- timestamps
        {{ business_time('refunded_at') }} as refunded_at

    from source

)

select * from renamed
