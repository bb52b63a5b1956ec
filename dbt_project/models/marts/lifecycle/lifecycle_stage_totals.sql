{{ config(pre_hook="{{ by_large_hash() }}") }}

with spells as (

    select
        customer_id,
        stage,
        {{ period_start('valid_from', 'month') }} as begins_in,
        {{ period_start('valid_to', 'month') }} as ends_in

    from {{ ref('customer_lifecycle_history') }}

),

customer_months as (

    select * from {{ ref('int_retention__customer_months') }}

),

stages as (

    select * from {{ ref('int_lifecycle__treatments') }}

),

-- of the month of the as-of date the end is the as-of date
months as (

    {{ period_series(
        '(select min(begins_in) from spells)', period_start(as_of_date(), 'month'), 'month'
    ) }}

),

moves as (

    select
        begins_in as month,
        stage,
        count(*) as change

    from spells

    group by begins_in, stage

    union all

    select
        ends_in as month,
        stage,
        -1 * count(*) as change

    from spells

    where ends_in is not null

    group by ends_in, stage

),

changes as (

    select
        month,
        stage,
        sum(change) as change

    from moves

    group by month, stage

),

-- of the stage in which each of them ends the month
revenue as (

    select
        customer_months.period_start as month,
        spells.stage,
        sum(customer_months.net_revenue) as net_revenue

    from customer_months

    inner join spells
        on
            customer_months.customer_id = spells.customer_id
            and customer_months.period_start >= spells.begins_in
            and (customer_months.period_start < spells.ends_in or spells.ends_in is null)

    group by customer_months.period_start, spells.stage

),

totals as (

    select
        months.period_start as month,
        stages.stage,
        stages.stage_number,
        sum(coalesce(changes.change, 0)) over (partition by stages.stage order by months.period_start) as customers,
        coalesce(revenue.net_revenue, 0) as net_revenue

    from months

    cross join stages

    left join changes
        on
            months.period_start = changes.month
            and stages.stage = changes.stage

    left join revenue
        on
            months.period_start = revenue.month
            and stages.stage = revenue.stage

),

final as (

    select
        -- ids
        month,
        stage,

        -- numerics
        stage_number,
        cast(customers as bigint) as customers,
        {{ ratio('customers', 'sum(customers) over (partition by month)') }} as customer_share,
        net_revenue,

        -- booleans
        {{ is_period_complete('month', 'month') }} as is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from totals

)

select * from final
