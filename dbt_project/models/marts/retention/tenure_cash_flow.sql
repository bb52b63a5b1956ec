with customers as (

    select * from {{ ref('int_value__customers') }}

    where first_ordered_in is not null

),

customer_months as (

    select * from {{ ref('int_value__customer_months') }}

),

cohorts as (

    select
        first_ordered_in,
        count(*) as customers

    from customers

    group by first_ordered_in

),

-- 0 is what winning the customer cost, and whatever else lies before the first order
flows as (

    select
        customers.first_ordered_in,
        case
            when customer_months.month < customers.first_ordered_in then 0
            else {{ relationship_year('customers.first_ordered_in', 'customer_months.month') }}
        end as tenure_year,
        sum(customer_months.net_revenue - customer_months.cost_of_goods - customer_months.cost_to_serve) as cash_flow

    from customer_months

    inner join customers
        on customer_months.customer_id = customers.customer_id

    group by
        customers.first_ordered_in,
        case
            when customer_months.month < customers.first_ordered_in then 0
            else {{ relationship_year('customers.first_ordered_in', 'customer_months.month') }}
        end

    union all

    select
        first_ordered_in,
        0 as tenure_year,
        -sum(acquisition_cost) as cash_flow

    from customers

    group by first_ordered_in

),

cohort_flows as (

    select
        first_ordered_in,
        tenure_year,
        sum(cash_flow) as cash_flow

    from flows

    group by first_ordered_in, tenure_year

),

longest as (

    select max({{ relationship_year('first_ordered_in', period_start(as_of_date(), 'month')) }}) as tenure_year

    from cohorts

),

years as (

    select generate_series(0, tenure_year) as tenure_year

    from longest

),

-- a year counts for those who have completed it, whether they bought in it or not
completed as (

    select
        cohorts.first_ordered_in,
        cohorts.customers,
        years.tenure_year

    from cohorts

    inner join years
        on
            years.tenure_year = 0
            or {{ later_period('cohorts.first_ordered_in', '12 * years.tenure_year', 'month') }}
            <= {{ dbt.dateadd('day', 1, as_of_date()) }}

),

averages as (

    select
        completed.tenure_year,
        sum(completed.customers) as customers,
        {{ ratio('sum(coalesce(cohort_flows.cash_flow, 0))', 'sum(completed.customers)') }} as average_cash_flow

    from completed

    left join cohort_flows
        on
            completed.first_ordered_in = cohort_flows.first_ordered_in
            and completed.tenure_year = cohort_flows.tenure_year

    group by completed.tenure_year

),

discounted as (

    select
        *,
        {{ rounded('1 / power(1 + ' ~ var('prediction_annual_discount') ~ ', tenure_year)', 10) }} as discount_factor

    from averages

),

final as (

    select
        -- ids
        tenure_year,

        -- numerics
        cast(customers as bigint) as customers,
        average_cash_flow,
        discount_factor,
        {{ rounded('average_cash_flow * discount_factor', 10) }} as present_value,
        {{ rounded('sum(average_cash_flow * discount_factor) over (order by tenure_year)', 10) }}
            as cumulative_net_present_value,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from discounted

)

select * from final
