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
        status,
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
