-- What kinds of purchases brought, less refunds that none of them bears, is what the customer brought: in core, in the marts
-- of value, and over the years, to the last digit. Referrals are no part of it.
with years as (

    select
        customer_id,
        sum(first_purchase_revenue) as first_purchase_revenue,
        sum(upsell_revenue) as upsell_revenue,
        sum(cross_sell_revenue) as cross_sell_revenue,
        sum(repeat_revenue) as repeat_revenue,
        sum(unassigned_refund_amount) as unassigned_refund_amount,
        sum(own_profit) as own_profit,
        sum(profit - referral_revenue) as profit_without_referrals

    from {{ ref('customer_value_by_year') }}

    group by customer_id

),

compared as (

    select
        lifetime.*,
        customers.net_revenue,
        customers.gross_margin as gross_margin_in_core,
        profitability.profit,
        coalesce(years.first_purchase_revenue, 0) as first_purchase_over_years,
        coalesce(years.upsell_revenue, 0) as upsell_over_years,
        coalesce(years.cross_sell_revenue, 0) as cross_sell_over_years,
        coalesce(years.repeat_revenue, 0) as repeat_over_years,
        coalesce(years.unassigned_refund_amount, 0) as unassigned_over_years,
        coalesce(years.own_profit, 0) as own_profit_over_years,
        coalesce(years.profit_without_referrals, 0) as profit_without_referrals

    from {{ ref('customers') }} as customers

    full outer join {{ ref('customer_lifetime_value') }} as lifetime
        on customers.customer_id = lifetime.customer_id

    full outer join {{ ref('customer_profitability') }} as profitability
        on customers.customer_id = profitability.customer_id

    left join years
        on customers.customer_id = years.customer_id

)

select * from compared
where
    customer_id is null
    or direct_revenue is distinct from net_revenue
    or gross_margin is distinct from gross_margin_in_core
    or historic_value is distinct from profit
    or direct_revenue
    != first_purchase_revenue + upsell_revenue + cross_sell_revenue + repeat_revenue - unassigned_refund_amount
    or first_purchase_revenue != first_purchase_over_years
    or upsell_revenue != upsell_over_years
    or cross_sell_revenue != cross_sell_over_years
    or repeat_revenue != repeat_over_years
    or unassigned_refund_amount != unassigned_over_years
    or historic_value != own_profit_over_years
    or own_profit_over_years != profit_without_referrals
