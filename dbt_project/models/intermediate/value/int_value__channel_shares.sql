-- A customer without an acquisition cost of their own bears their channel's marketing cost of the month in which it won
-- them, shared by all whom it won then, in cents.

with marketing_costs as (

    select * from {{ ref('input_layer__marketing_costs') }}

    where {{ happened('cost_month') }}

),

relationships as (

    select * from {{ ref('int_value__relationships') }}

),

booked_costs as (

    select * from {{ ref('int_value__booked_costs') }}

),

pools as (

    select
        {{ period_start('cost_month', 'month') }} as month,
        channel,
        sum(cost_amount) as cost_amount

    from marketing_costs

    group by {{ period_start('cost_month', 'month') }}, channel

),

shares as (

    select
        relationships.customer_id,
        pools.month,
        pools.channel,
        {{ pro_rata_share(
            total='pools.cost_amount',
            weight='1',
            partition_by='pools.month, pools.channel',
            order_by='relationships.customer_id'
        ) }} as acquisition_cost

    from relationships

    inner join pools
        on
            relationships.first_ordered_in = pools.month
            and relationships.channel = pools.channel

),

final as (

    select
        -- ids
        customer_id,
        month,
        channel,

        -- numerics
        acquisition_cost

    from shares

    where
        customer_id not in (
            select customer_id
            from booked_costs
            where has_acquisition_cost
        )

)

select * from final
