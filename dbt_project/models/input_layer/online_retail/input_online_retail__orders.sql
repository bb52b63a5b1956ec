with lines as (

    select * from {{ ref('stg_online_retail__lines') }}

),

invoices as (

    select
        invoice_id,
        min(customer_id) as customer_id,
        min(invoiced_at) as ordered_at

    from lines

    where invoice_id not like 'C%'

    group by invoice_id

),

final as (

    select
        -- ids
        {{ source_key('online_retail', 'invoice_id') }} as order_id,
        customer_id,

        -- text
        'paid' as status,

        -- timestamps
        ordered_at

    from invoices

)

select * from final
