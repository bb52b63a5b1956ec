-- Month by month, what customers bear of the pools and what nobody bears is what activities cost: to the last digit.
with delivered as (

    select
        {{ period_start('cost_month', 'month') }} as month,
        sum(cost_amount) as cost_amount

    from {{ ref('input_layer__activity_costs') }}

    where {{ happened('cost_month') }}

    group by {{ period_start('cost_month', 'month') }}

),

totals as (

    select
        month,
        sum(unassigned) as unassigned

    from {{ ref('activity_cost_totals') }}

    group by month

),

borne as (

    select
        month,
        sum(activity_cost) as activity_cost

    from {{ ref('int_value__customer_months') }}

    group by month

),

compared as (

    select
        delivered.month,
        delivered.cost_amount,
        totals.unassigned,
        coalesce(borne.activity_cost, 0) as borne

    from delivered

    left join totals
        on delivered.month = totals.month

    left join borne
        on delivered.month = borne.month

)

select * from compared
where
    cost_amount != borne + unassigned
    or unassigned is null
