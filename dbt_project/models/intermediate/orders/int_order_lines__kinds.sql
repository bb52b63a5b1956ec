-- What each line is to its customer, against earlier occasions: a day's lines do not see each other.

with lines as (

    select * from {{ ref('int_order_lines__priced') }}

),

product_upgrades as (

    select * from {{ ref('int_product_upgrades__known') }}

),

-- read again and not from `lines`, which would be written to disk for that; only few products are upgraded
owned as (

    select
        customer_id,
        product_id,
        min(ordered_on) as owned_since

    from {{ ref('int_order_lines__priced') }}

    where
        customer_id is not null
        and product_id in (select upgrades_product_id from product_upgrades)

    group by customer_id, product_id

),

upgradable as (

    select
        owned.customer_id,
        product_upgrades.product_id,
        min(owned.owned_since) as upgradable_since

    from owned

    inner join product_upgrades
        on owned.product_id = product_upgrades.upgrades_product_id

    group by owned.customer_id, product_upgrades.product_id

),

margins as (

    select
        *,
        -- what one unit earns by the list: a missing cost is estimated, so it never makes a line dearer than its price does
        case
            when is_cost_estimated then unit_price * {{ var('default_margin_rate') }}
            else unit_price - unit_cost
        end as unit_margin

    from lines

),

compared as (

    select
        *,
        min(ordered_on) over earlier_days as category_known_since,
        max(unit_price) over earlier_days as highest_unit_price,
        max(unit_margin) over earlier_days as highest_unit_margin

    from margins

    window earlier_days as (
        partition by customer_id, category
        order by ordered_on
        groups between unbounded preceding and 1 preceding
    )

),

final as (

    select
        compared.*,
        case
            when compared.customer_id is null then null
            when compared.ordered_on = compared.first_ordered_on then 'first_purchase'
            when upgradable.upgradable_since < compared.ordered_on then 'upsell'
            when compared.category is null then 'repeat'
            when compared.category_known_since is null then 'cross_sell'
            when compared.unit_price > compared.highest_unit_price then 'upsell'
            when compared.unit_margin > compared.highest_unit_margin then 'upsell'
            else 'repeat'
        end as purchase_kind

    from compared

    left join upgradable
        on
            compared.customer_id = upgradable.customer_id
            and compared.product_id = upgradable.product_id

)

select * from final
