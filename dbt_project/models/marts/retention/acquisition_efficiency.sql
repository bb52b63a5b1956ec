with customers as (

    select * from {{ ref('int_value__relationships') }}

),

customer_months as (

    select * from {{ ref('int_value__customer_months') }}

),

booked_costs as (

    select * from {{ ref('int_value__booked_costs') }}

),

channel_shares as (

    select * from {{ ref('int_value__channel_shares') }}

),

referrals as (

    select * from {{ ref('int_value__referrals') }}

    where problem is null

),

channel_costs as (

    select * from {{ ref('int_value__channel_costs') }}

),

activity_pools as (

    select * from {{ ref('int_value__activity_pools') }}

),

charged as (

    select
        month,
        channel,
        sum(acquisition_cost) as charged_marketing_cost

    from channel_shares

    group by month, channel

),

booked as (

    select
        booked_costs.month,
        customers.channel,
        sum(booked_costs.acquisition_cost) as booked_acquisition_cost

    from booked_costs

    inner join customers
        on booked_costs.customer_id = customers.customer_id

    group by booked_costs.month, customers.channel

),

acquired as (

    select
        customers.first_ordered_in as month,
        customers.channel,
        count(*) as new_customers,
        count(referrals.customer_id) as referred_customers

    from customers

    left join referrals
        on customers.customer_id = referrals.customer_id

    where customers.first_ordered_in is not null

    group by customers.first_ordered_in, customers.channel

),

-- whom no source dates has been known from the first order on, or else from the beginning
prospects as (

    select
        coalesce(
            least(known_in, first_ordered_in), min(least(known_in, first_ordered_in)) over ()
        ) as month,
        channel

    from customers

),

became_known as (

    select
        month,
        channel,
        count(*) as newly_known

    from prospects

    where month is not null

    group by month, channel

),

-- customers of earlier months: who bought again, and what keeping all of them cost
kept as (

    select
        customer_months.month,
        customers.channel,
        count(case when customer_months.count_orders > 0 then 1 end) as retained_customers,
        sum(customer_months.retention_cost + customer_months.marketing_activity_cost) as retention_cost

    from customer_months

    inner join customers
        on customer_months.customer_id = customers.customer_id

    where customer_months.month > customers.first_ordered_in

    group by customer_months.month, customers.channel

),

keys as (

    select month, channel from channel_costs
    union
    select month, channel from booked
    union
    select month, channel from acquired
    union
    select month, channel from became_known
    union
    select month, channel from kept

),

months as (

    {{ period_series('(select min(month) from keys)', period_start(as_of_date(), 'month'), 'month') }}

),

grid as (

    select
        months.period_start as month,
        channels.channel

    from months

    cross join (select distinct channel from keys) as channels

),

-- costs of a month are told after it, activities charged once it has ended; a firm that never tells any has none
told as (

    select
        (select max(month) from channel_costs) as marketing_to,
        (
            select max(month)
            from activity_pools
            where {{ is_period_complete('month', 'month') }}
        ) as activities_to

),

joined as (

    select
        grid.month,
        grid.channel,
        case when grid.month > told.marketing_to then null else coalesce(channel_costs.marketing_cost, 0) end
            as marketing_cost,
        coalesce(booked.booked_acquisition_cost, 0) as booked_acquisition_cost,
        case when grid.month > told.marketing_to then null else coalesce(charged.charged_marketing_cost, 0) end
            as charged_marketing_cost,
        case when grid.month > told.activities_to then null else coalesce(kept.retention_cost, 0) end as retention_cost,
        coalesce(kept.retained_customers, 0) as retained_customers,
        coalesce(acquired.new_customers, 0) as new_customers,
        coalesce(acquired.referred_customers, 0) as referred_customers,
        coalesce(became_known.newly_known, 0) as newly_known

    from grid

    cross join told

    left join channel_costs using (month, channel)

    left join booked using (month, channel)

    left join charged using (month, channel)

    left join kept using (month, channel)

    left join acquired using (month, channel)

    left join became_known using (month, channel)

),

counted as (

    select
        *,
        {{ is_period_complete('month', 'month') }} as is_complete,
        marketing_cost + booked_acquisition_cost as cost,
        -- known by the end of the month, and no customer when it began
        cast(
            sum(newly_known) over so_far - sum(new_customers) over so_far + new_customers as bigint
        ) as prospects

    from joined

    window so_far as (
        partition by channel
        order by month
        rows between unbounded preceding and current row
    )

),

rated as (

    select
        *,
        case when is_complete then {{ ratio('cost', 'new_customers') }} end as acquisition_cost_per_customer,
        case when is_complete then {{ ratio('retention_cost', 'retained_customers') }} end
            as retention_cost_per_customer

    from counted

),

final as (

    select
        -- ids
        month,
        channel,

        -- numerics
        cost,
        marketing_cost,
        booked_acquisition_cost,
        charged_marketing_cost,
        marketing_cost - charged_marketing_cost as unassigned_marketing_cost,
        retention_cost,
        new_customers,
        referred_customers,
        retained_customers,
        prospects,

        -- rates
        acquisition_cost_per_customer,
        retention_cost_per_customer,
        {{ ratio('acquisition_cost_per_customer', 'retention_cost_per_customer') }} as cost_ratio,
        case when is_complete then {{ ratio('new_customers', 'prospects') }} end as conversion_rate,
        case when is_complete then {{ ratio('referred_customers', 'new_customers') }} end as referral_share,

        -- booleans
        is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from rated

)

select * from final
