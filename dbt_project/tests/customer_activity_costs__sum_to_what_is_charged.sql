{{ config(enabled=var('reconcile')) }}
-- Activity by activity, what the view says of customers is what the totals say is charged. Reads a row per customer, month
-- and activity, so it is asked for.
with charges as (

    select
        month,
        activity,
        sum(cost_amount) as charged,
        sum(driver_quantity) as customers_quantity,
        max(abs(cost_amount - driver_quantity * driver_rate)) as largest_rounding

    from {{ ref('customer_activity_costs') }}

    group by month, activity

),

compared as (

    select
        totals.month,
        totals.activity,
        totals.charged,
        -- a month that has not ended is charged to nobody
        case when totals.is_complete then totals.customers_quantity else 0 end as customers_quantity,
        coalesce(charges.charged, 0) as charged_to_customers,
        coalesce(charges.customers_quantity, 0) as quantity_of_customers,
        coalesce(charges.largest_rounding, 0) as largest_rounding

    from {{ ref('activity_cost_totals') }} as totals

    left join charges
        on
            totals.month = charges.month
            and totals.activity = charges.activity

)

select * from compared
where
    charged != charged_to_customers
    or customers_quantity != quantity_of_customers
    -- a cent, and what the rate has lost beyond its last decimal
    or largest_rounding > 0.0101
