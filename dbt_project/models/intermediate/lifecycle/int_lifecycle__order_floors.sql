{{ config(materialized='table') }}

with order_counts as (

    select earlier_orders from {{ ref('int_lifecycle__value_windows') }}
    where earlier_orders > 0

    union

    select earlier_orders from {{ ref('int_lifecycle__present_windows') }}
    where earlier_orders > 0

),

-- ln(n!)
factorials as (

    select
        number,
        sum(ln(cast(greatest(number, 1) as double precision))) over (order by number) as log_factorial

    from generate_series(0, (select max(earlier_orders) from order_counts)) as numbers (number)

),

-- Poisson probabilities; eight standard deviations below the mean there is nothing left to add
chances as (

    select
        order_counts.earlier_orders,
        factorials.number,
        sum(exp(
            factorials.number * ln(cast(order_counts.earlier_orders as double precision))
            - order_counts.earlier_orders - factorials.log_factorial
        )) over (partition by order_counts.earlier_orders order by factorials.number) as chance_of_no_more

    from order_counts

    inner join factorials
        on
            order_counts.earlier_orders >= factorials.number
            and order_counts.earlier_orders - 8 * sqrt(order_counts.earlier_orders) <= factorials.number

),

final as (

    select
        earlier_orders,
        min(number) as least_orders

    from chances

    where chance_of_no_more >= {{ var('lifecycle_order_count_quantile') }}

    group by earlier_orders

)

select * from final
