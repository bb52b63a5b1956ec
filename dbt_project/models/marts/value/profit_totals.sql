-- The firm's row is summed from what sources delivered, not from the rows of its parts: a test holds the parts against it.

with customers as (

    select * from {{ ref('int_value__customers') }}

),

pools as (

    select * from {{ ref('int_value__activity_pools') }}

),

channel_shares as (

    select * from {{ ref('int_value__channel_shares') }}

),

orders as (

    {{ fact('orders') }}

),

refunds as (

    {{ fact('refunds') }}

),

activity_costs as (

    select * from {{ ref('input_layer__activity_costs') }}

    where {{ happened('cost_month') }}

),

customer_costs as (

    select * from {{ ref('input_layer__customer_costs') }}

    where {{ happened('incurred_on') }}

),

marketing_costs as (

    select * from {{ ref('input_layer__marketing_costs') }}

    where {{ happened('cost_month') }}

),

sold as (

    select
        customer_id is null as is_guests,
        gross_revenue - discount_amount as net_revenue,
        cost_of_goods
    from orders

    union all

    select
        customer_id is null as is_guests,
        -refund_amount as net_revenue,
        0 as cost_of_goods
    from refunds

),

sales as (

    select
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(cost_of_goods), 0) as cost_of_goods,
        coalesce(sum(case when is_guests then net_revenue end), 0) as guests_net_revenue,
        coalesce(sum(case when is_guests then cost_of_goods end), 0) as guests_cost_of_goods

    from sold

),

booked as (

    select
        coalesce(sum(case when kind = 'acquisition' then cost_amount end), 0) as acquisition_cost,
        coalesce(sum(case when kind = 'acquisition' then 0 else cost_amount end), 0) as other_cost

    from customer_costs

),

spent as (

    select
        (select coalesce(sum(cost_amount), 0) from activity_costs) as activity_cost,
        (select coalesce(sum(cost_amount), 0) from marketing_costs) as marketing_cost,
        (select other_cost from booked) as booked_cost,
        (select acquisition_cost from booked) as booked_acquisition_cost,
        (select coalesce(sum(pool - charged), 0) from pools) as unassigned_activity_cost,
        (select coalesce(sum(acquisition_cost), 0) from channel_shares) as charged_marketing_cost

),

holders as (

    select
        'customers' as holder,
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(cost_of_goods), 0) as cost_of_goods,
        coalesce(sum(cost_to_serve), 0) as cost_to_serve,
        coalesce(sum(acquisition_cost), 0) as acquisition_cost
    from customers

    union all

    select
        'guests' as holder,
        guests_net_revenue as net_revenue,
        guests_cost_of_goods as cost_of_goods,
        0 as cost_to_serve,
        0 as acquisition_cost
    from sales

    union all

    select
        'unassigned' as holder,
        0 as net_revenue,
        0 as cost_of_goods,
        unassigned_activity_cost as cost_to_serve,
        marketing_cost - charged_marketing_cost as acquisition_cost
    from spent

    union all

    select
        'firm' as holder,
        sales.net_revenue,
        sales.cost_of_goods,
        spent.activity_cost + spent.booked_cost as cost_to_serve,
        spent.marketing_cost + spent.booked_acquisition_cost as acquisition_cost
    from sales
    cross join spent

),

final as (

    select
        -- ids
        holder,
        {{ as_of_date() }} as as_of_date,

        -- numerics
        net_revenue,
        cost_of_goods,
        net_revenue - cost_of_goods as gross_margin,
        cost_to_serve,
        acquisition_cost,
        net_revenue - cost_of_goods - cost_to_serve - acquisition_cost as profit

    from holders

)

select * from final
