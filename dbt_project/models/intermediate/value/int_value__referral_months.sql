{{ config(
    materialized='table', unlogged=true,
    pre_hook="{{ by_large_sort() }}",
    post_hook="{{ gather_statistics(this) }}"
) }}

-- What those whom a customer referred bring, month by month: their own purchases, less what these and they themselves cost.

with customer_months as (

    select * from {{ ref('int_value__customer_months') }}

),

referrals as (

    select * from {{ ref('int_value__referrals') }}

    where problem is null

),

own as (

    select
        referrals.referrer_id,
        customer_months.customer_id,
        customer_months.month,
        customer_months.net_revenue as referral_revenue,
        customer_months.net_revenue
        - customer_months.cost_of_goods
        - customer_months.cost_to_serve
        - customer_months.acquisition_cost as referral_net_income

    from customer_months

    inner join referrals
        on customer_months.customer_id = referrals.customer_id

),

direct as (

    select
        referrer_id as customer_id,
        month,
        sum(referral_revenue) as referral_revenue_direct,
        sum(referral_net_income) as referral_net_income_direct

    from own

    group by referrer_id, month

),

network as (

    {{ brought_by_network('own', by=['month'], sums=['referral_revenue', 'referral_net_income']) }}

),

final as (

    select
        -- ids
        network.customer_id,
        network.month,

        -- numerics
        coalesce(direct.referral_revenue_direct, 0) as referral_revenue_direct,
        network.referral_revenue as referral_revenue_network,
        coalesce(direct.referral_net_income_direct, 0) as referral_net_income_direct,
        network.referral_net_income as referral_net_income_network

    from network

    left join direct
        on
            network.customer_id = direct.customer_id
            and network.month = direct.month

)

select * from final
