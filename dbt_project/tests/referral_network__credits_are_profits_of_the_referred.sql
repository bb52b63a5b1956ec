-- Each referrer is credited with the profit of whom they referred, once directly; and the network of each is what the direct
-- referrals bring with all below them, to the last digit.
with referrals as (

    select * from {{ ref('int_value__referrals') }}

    where problem is null

),

networks as (

    select * from {{ ref('referral_network') }}

),

below as (

    select
        referrals.referrer_id as customer_id,
        count(*) as direct_referrals,
        sum(1 + coalesce(networks.network_referrals, 0)) as network_referrals,
        max(1 + coalesce(networks.depth, 0)) as depth,
        sum(profitability.net_revenue) as referral_revenue_direct,
        sum(profitability.net_revenue + coalesce(networks.referral_revenue_network, 0)) as referral_revenue_network,
        sum(profitability.profit) as referral_net_income_direct,
        sum(profitability.profit + coalesce(networks.referral_net_income_network, 0)) as referral_net_income_network

    from referrals

    inner join {{ ref('customer_profitability') }} as profitability
        on referrals.customer_id = profitability.customer_id

    left join networks
        on referrals.customer_id = networks.customer_id

    group by referrals.referrer_id

),

compared as (

    select
        coalesce(networks.customer_id, below.customer_id) as customer_id,
        networks.direct_referrals = below.direct_referrals
        and networks.network_referrals = below.network_referrals
        and networks.depth = below.depth
        and networks.referral_revenue_direct = below.referral_revenue_direct
        and networks.referral_revenue_network = below.referral_revenue_network
        and networks.referral_net_income_direct = below.referral_net_income_direct
        and networks.referral_net_income_network = below.referral_net_income_network as is_right

    from networks

    full outer join below
        on networks.customer_id = below.customer_id

)

select * from compared
where is_right is not true
