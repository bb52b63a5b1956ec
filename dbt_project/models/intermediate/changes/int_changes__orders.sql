{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

{% if is_full_build() %}
-- everything is read; nobody asks what changed
-- depends_on: {{ ref('int_changes__bounds') }}, {{ ref('int_changes__products') }}, {{ ref('int_changes__rates') }}
-- depends_on: {{ ref('input_layer__orders') }}, {{ ref('input_layer__refunds') }}
-- depends_on: {{ source('promotions', 'changes') }}, {{ source('audit', 'candidate') }}
-- depends_on: {{ source('live', 'orders') }}, {{ source('live', 'order_lines') }}
select cast(null as {{ dbt.type_string() }}) as order_id
where false
{% else %}
with bounds as (

    select * from {{ ref('int_changes__bounds') }}

),

-- raw tables of one source may name orders of another, so an identifier is looked for in all
named as (

    select distinct source_names.source_name || ':' || changes.key_value as order_id

    from {{ source('promotions', 'changes') }} as changes

    cross join ({{ active_source_names() }}) as source_names

    where
        changes.key_kind = 'order'
        and changes.promotion_id > (select since_promotion from bounds)
        and changes.promotion_id <= (select through_promotion from bounds)

),

-- guests' orders are in no customer's list, so what touches them is looked up here
happened as (

    select order_id
    from {{ ref('input_layer__orders') }}
    where
        customer_id is null
        and (
            {{ happened_between_builds('ordered_at') }}
            or {{ happened_between_builds('delivered_at') }}
        )

    union all

    select order_id
    from {{ ref('input_layer__refunds') }}
    where
        order_id is not null
        and {{ happened_between_builds('refunded_at') }}

),

products_sold as (

    select order_lines.order_id
    from ({{ live_fact('order_lines') }}) as order_lines
    where
        order_lines.customer_id is null
        and order_lines.product_id in (select product_id from {{ ref('int_changes__products') }})

),

rates_applied as (

    select orders.order_id
    from ({{ live_fact('orders') }}) as orders
    inner join {{ ref('int_changes__rates') }} as rates
        on
            orders.currency = rates.currency
            and orders.ordered_on = rates.rate_date
    where
        orders.is_converted
        and orders.customer_id is null

),

final as (

    select order_id from named
    union
    select order_id from happened
    union
    select order_id from products_sold
    union
    select order_id from rates_applied

)

select order_id from final
{% endif %}
