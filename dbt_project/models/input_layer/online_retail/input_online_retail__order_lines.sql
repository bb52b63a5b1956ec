with lines as (

    select * from {{ ref('stg_online_retail__lines') }}

),

final as (

    select
        -- ids
        {{ source_key('online_retail', 'invoice_id') }} as order_id,
        line_key,
        {{ source_key('online_retail', 'stock_code') }} as product_id,

        -- numerics
        quantity,
        unit_price,
        quantity * unit_price as line_amount

    from lines

    where invoice_id not like 'C%'

)

select * from final
