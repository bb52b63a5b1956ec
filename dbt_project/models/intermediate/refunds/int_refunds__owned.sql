-- depends_on: {{ ref('int_changes__customers') }}, {{ ref('int_changes__orders') }}
-- Whose a refund is. One that names a valid order belongs to that order's customer and is in its currency. Where that is not
-- ours, it is its part of what the order was booked at, so that a sale taken back whole, at once or bit by bit, leaves nothing;
-- at the order's rate, if nothing was sold. Any other refund belongs to the customer it names, else to guests.

with refunds as (

    select * from {{ ref('input_layer__refunds') }}
    {%- if not is_full_build() %}
    where
        customer_id in (select customer_id from {{ ref('int_changes__customers') }})
        or order_id in (select order_id from {{ ref('int_changes__orders') }})
        or order_id in (select order_id from {{ ref('int_orders__touched') }})
        or (customer_id is null and order_id is null)
    {%- endif %}

),

valid_orders as (

    select * from {{ ref('int_orders__valid') }}

),

first_orders as (

    select
        customer_id,
        ordered_at

    from {{ ref('int_orders__touched') }}

    where order_number = 1

),

rates as (

    select * from {{ ref('int_exchange_rates__daily') }}

),

order_lines as (

    select * from {{ ref('int_order_lines__priced') }}

),

converted_orders as (

    select
        order_id,
        sum(sold_in_own_currency) as sold_in_own_currency,
        sum(gross_revenue - discount_amount) as sold_amount

    from order_lines

    where sold_in_own_currency is not null

    group by order_id

    having sum(sold_in_own_currency) > 0

),

owned as (

    select
        refunds.refund_id,
        refunds.source,
        refunds.order_id,
        case
            when valid_orders.order_id is not null then valid_orders.customer_id
            else refunds.customer_id
        end as customer_id,
        refunds.refunded_at,
        refunds.reason,
        refunds.refund_amount,
        sum(refunds.refund_amount) over (
            partition by valid_orders.order_id
            order by refunds.refunded_at, refunds.refund_id
            rows between unbounded preceding and current row
        ) as refunded_so_far,
        coalesce(valid_orders.is_converted, false) as is_converted,
        valid_orders.currency,
        valid_orders.ordered_on,
        valid_orders.order_id is not null as is_assigned_to_order

    from refunds

    left join valid_orders
        on refunds.order_id = valid_orders.order_id

    where {{ happened('refunds.refunded_at') }}

),

final as (

    select
        -- ids
        owned.refund_id,
        owned.source,
        owned.order_id,
        owned.customer_id,

        -- text
        owned.reason,

        -- numerics
        case
            when converted_orders.order_id is not null
                then
                    {{ share_so_far(
                        'converted_orders.sold_amount', 'owned.refunded_so_far', 'converted_orders.sold_in_own_currency'
                    ) }}
                    - {{ share_so_far(
                        'converted_orders.sold_amount', '(owned.refunded_so_far - owned.refund_amount)',
                        'converted_orders.sold_in_own_currency'
                    ) }}
            else
                {{ in_reporting_currency(
                    'owned.refund_amount', 'owned.is_converted', 'coalesce(rates.exchange_rate, 1)'
                ) }}
        end as refund_amount,

        -- booleans
        owned.is_assigned_to_order,
        -- many are told by their day alone, and so seem to precede an order of that day; what names its order does not
        coalesce(
            case
                when owned.is_assigned_to_order
                    then cast(owned.refunded_at as date) >= cast(first_orders.ordered_at as date)
                else owned.refunded_at >= first_orders.ordered_at
            end, false
        ) as is_assigned_to_cohort,

        -- timestamps
        owned.refunded_at,
        cast(owned.refunded_at as date) as refunded_on

    from owned

    left join rates
        on
            owned.is_converted
            and owned.currency = rates.currency
            and owned.ordered_on = rates.rate_date

    left join converted_orders
        on owned.is_assigned_to_order and owned.order_id = converted_orders.order_id

    left join first_orders
        on owned.customer_id = first_orders.customer_id

    {%- if not is_full_build() %}

    -- what belongs to nobody touched is as it was
    where
        owned.customer_id in (select customer_id from {{ ref('int_changes__customers') }})
        or owned.order_id in (select order_id from {{ ref('int_changes__orders') }})
        or (owned.customer_id is null and owned.order_id is null)
    {%- endif %}

)

select * from final
