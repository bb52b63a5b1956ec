with lines as (

    select * from {{ ref('stg_online_retail__lines') }}

),

returns as (

    select
        invoice_id,
        min(customer_id) as customer_id,
        min(invoiced_at) as refunded_at,
        -sum(quantity * unit_price) as refund_amount

    from lines

    where invoice_id like 'C%'

    group by invoice_id

),

final as (

    select
        -- ids
        {{ source_key('online_retail', 'invoice_id') }} as refund_id,
        customer_id,

        -- numerics
        refund_amount,

        -- timestamps
        refunded_at

    from returns

)

select * from final
