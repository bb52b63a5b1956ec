with referrers as (

    select * from {{ ref('int_value__referrers') }}

),

referral_months as (

    select * from {{ ref('int_value__referral_months') }}

),

totals as (

    select
        customer_id,
        sum(referral_revenue_direct) as referral_revenue_direct,
        sum(referral_revenue_network) as referral_revenue_network,
        sum(referral_net_income_direct) as referral_net_income_direct,
        sum(referral_net_income_network) as referral_net_income_network

    from referral_months

    group by customer_id

),

final as (

    select
        -- ids
        referrers.customer_id,
        {{ as_of_date() }} as as_of_date,

        -- numerics
        referrers.direct_referrals,
        referrers.network_referrals,
        referrers.depth,
        coalesce(totals.referral_revenue_direct, 0) as referral_revenue_direct,
        coalesce(totals.referral_revenue_network, 0) as referral_revenue_network,
        coalesce(totals.referral_net_income_direct, 0) as referral_net_income_direct,
        coalesce(totals.referral_net_income_network, 0) as referral_net_income_network

    from referrers

    left join totals
        on referrers.customer_id = totals.customer_id

)

select * from final
