{%- set amounts = [
    'first_purchase_revenue', 'upsell_revenue', 'cross_sell_revenue', 'repeat_revenue', 'unassigned_refund_amount',
    'net_revenue', 'cost_of_goods', 'cost_to_serve', 'acquisition_cost'
] -%}

with customers as (

    select * from {{ ref('int_value__customers') }}

),

customer_months as (

    select * from {{ ref('int_value__customer_months') }}

),

referral_months as (

    select * from {{ ref('int_value__referral_months') }}

),

referral_begins as (

    select
        customer_id,
        min(month) as first_month

    from referral_months

    group by customer_id

),

-- a relationship without an order or anything else of the customer's own begins with what a referral brings
relationships as (

    select
        customers.customer_id,
        coalesce(customers.began_in, referral_begins.first_month) as began_in

    from customers

    left join referral_begins
        on customers.customer_id = referral_begins.customer_id

    where coalesce(customers.began_in, referral_begins.first_month) is not null

),

own_years as (

    select
        customer_months.customer_id,
        {%- for amount in amounts %}
        sum(customer_months.{{ amount }}) as {{ amount }},
        {%- endfor %}
        {{ relationship_year('relationships.began_in', 'customer_months.month') }} as relationship_year

    from customer_months

    inner join relationships
        on customer_months.customer_id = relationships.customer_id

    group by
        customer_months.customer_id,
        {{ relationship_year('relationships.began_in', 'customer_months.month') }}

),

referral_years as (

    select
        referral_months.customer_id,
        {{ relationship_year('relationships.began_in', 'referral_months.month') }} as relationship_year,
        sum(referral_months.referral_revenue_network) as referral_revenue,
        sum(referral_months.referral_net_income_network) as referral_net_income

    from referral_months

    inner join relationships
        on referral_months.customer_id = relationships.customer_id

    group by
        referral_months.customer_id,
        {{ relationship_year('relationships.began_in', 'referral_months.month') }}

),

-- idle years have a row too
years as (

    select
        relationships.customer_id,
        relationships.began_in,
        numbers.relationship_year

    from relationships

    cross join lateral (
        select generate_series(
            1, {{ relationship_year('relationships.began_in', period_start(as_of_date(), 'month')) }}
        ) as relationship_year
    ) as numbers

),

joined as (

    select
        years.customer_id,
        years.relationship_year,
        {{ later_period('years.began_in', '12 * (years.relationship_year - 1)', 'month') }} as year_began_on,
        {{ later_period('years.began_in', '12 * years.relationship_year', 'month') }} as next_year_began_on,
        {%- for amount in amounts %}
        coalesce(own_years.{{ amount }}, 0) as {{ amount }},
        {%- endfor %}
        coalesce(referral_years.referral_revenue, 0) as referral_revenue,
        coalesce(referral_years.referral_net_income, 0) as referral_net_income,
        coalesce(own_years.cost_of_goods + own_years.cost_to_serve + own_years.acquisition_cost, 0) as cost

    from years

    left join own_years
        on
            years.customer_id = own_years.customer_id
            and years.relationship_year = own_years.relationship_year

    left join referral_years
        on
            years.customer_id = referral_years.customer_id
            and years.relationship_year = referral_years.relationship_year

),

final as (

    select
        -- ids
        customer_id,
        relationship_year,

        -- numerics
        first_purchase_revenue,
        upsell_revenue,
        cross_sell_revenue,
        repeat_revenue,
        unassigned_refund_amount,
        referral_revenue,
        cost_of_goods,
        cost_to_serve,
        acquisition_cost,
        cost,
        net_revenue + referral_revenue - cost as profit,
        sum(net_revenue + referral_revenue - cost) over (
            partition by customer_id
            order by relationship_year
            rows between unbounded preceding and current row
        ) as cumulative_profit,
        net_revenue - cost as own_profit,
        referral_net_income,

        -- booleans
        next_year_began_on <= {{ dbt.dateadd('day', 1, as_of_date()) }} as is_complete,

        -- timestamps
        year_began_on,
        {{ as_of_date() }} as as_of_date

    from joined

)

select * from final
