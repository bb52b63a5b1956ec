with orders as (

    select * from {{ ref('input_layer__orders') }}

),

final as (

    select
        -- ids
        order_id,
        source,
        customer_id,

        -- text
        -- a source tells the last state alone: how far the order had come before its delivery nobody knows
        case when status = 'delivered' and not {{ happened('delivered_at') }} then null else status end as status,
        sales_channel,
        coalesce(currency, '{{ var("reporting_currency") }}') as currency,

        -- booleans
        coalesce(currency, '{{ var("reporting_currency") }}') != '{{ var("reporting_currency") }}' as is_converted,

        -- timestamps
        ordered_at,
        cast(ordered_at as date) as ordered_on,
        promised_delivery_at,
        {{ if_happened('delivered_at') }} as delivered_at

    from orders

    where
        status != 'cancelled'
        and {{ happened('ordered_at') }}

)

select * from final
