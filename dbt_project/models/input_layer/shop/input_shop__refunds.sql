with refunds as (

    select * from {{ ref('stg_shop__refunds') }}

),

final as (

    select
        -- ids
        {{ source_key('shop', 'refund_id') }} as refund_id,
        {{ source_key('shop', 'order_id') }} as order_id,
        customer_id,

        -- text
        reason,

        -- numerics
        refund_amount,

        -- timestamps
        refunded_at

    from refunds

)

select * from final
