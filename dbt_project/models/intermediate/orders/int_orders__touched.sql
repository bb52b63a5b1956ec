{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with rates as (

    select * from {{ ref('int_exchange_rates__daily') }}

),

{% if is_full_build() %}
-- depends_on: {{ ref('int_changes__customers') }}, {{ ref('int_changes__orders') }}
orders as (

    select * from {{ ref('int_orders__valid') }}

),
{% else %}
-- All orders of a touched customer, because one order moves the numbers of the next. A touched order's customer is touched,
-- so what is left are guests' orders.
orders as (

    select *
    from {{ ref('int_orders__valid') }}
    where customer_id in (select customer_id from {{ ref('int_changes__customers') }})

    union all

    select *
    from {{ ref('int_orders__valid') }}
    where
        customer_id is null
        and order_id in (select order_id from {{ ref('int_changes__orders') }})

),
{% endif %}

-- guests' orders form one long partition, whose numbers are thrown away
numbered as (

    select
        *,
        row_number() over customer_orders as order_number,
        lag(ordered_on) over customer_orders as previous_ordered_on,
        first_value(ordered_at) over customer_orders as first_ordered_at

    from orders

    window customer_orders as (
        partition by customer_id
        order by ordered_at, order_id
    )

),

final as (

    select
        -- ids
        numbered.order_id,
        numbered.source,
        numbered.customer_id,

        -- text
        numbered.status,
        numbered.sales_channel,
        numbered.currency,

        -- numerics
        case when numbered.customer_id is not null then numbered.order_number end as order_number,
        coalesce(rates.exchange_rate, 1) as exchange_rate,

        -- booleans
        numbered.is_converted,
        numbered.is_converted and rates.currency is null as is_rate_missing,

        -- timestamps
        numbered.ordered_at,
        numbered.ordered_on,
        numbered.promised_delivery_at,
        numbered.delivered_at,
        case when numbered.customer_id is not null then numbered.first_ordered_at end as first_ordered_at,
        case when numbered.customer_id is not null then numbered.previous_ordered_on end as previous_ordered_on

    from numbered

    left join rates
        on
            numbered.is_converted
            and numbered.currency = rates.currency
            and numbered.ordered_on = rates.rate_date

)

select * from final
