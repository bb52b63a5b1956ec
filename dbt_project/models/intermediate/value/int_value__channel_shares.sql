-- A customer without an acquisition cost of their own bears their channel's marketing cost of the month in which it won
-- them, shared by all whom it won then, in cents.

with channel_costs as (

    select * from {{ ref('int_value__channel_costs') }}

),

relationships as (

    select * from {{ ref('int_value__relationships') }}

),

booked_costs as (

    select * from {{ ref('int_value__booked_costs') }}

),

shares as (

    select
        relationships.customer_id,
        channel_costs.month,
        channel_costs.channel,
        {{ pro_rata_share(
            total='channel_costs.marketing_cost',
            weight='1',
            partition_by='channel_costs.month, channel_costs.channel',
            order_by='relationships.customer_id'
        ) }} as acquisition_cost

    from relationships

    inner join channel_costs
        on
            relationships.first_ordered_in = channel_costs.month
            and relationships.channel = channel_costs.channel

    where {{ is_period_complete('channel_costs.month', 'month') }}

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
