{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

{% if is_full_build() %}
-- everything is read; nobody asks what changed
-- depends_on: {{ ref('int_changes__bounds') }}, {{ ref('int_changes__products') }}, {{ ref('int_changes__rates') }}
-- depends_on: {{ ref('int_changes__orders') }}, {{ ref('int_changes__survey_questions') }}
-- depends_on: {{ ref('input_layer__orders') }}, {{ ref('input_layer__refunds') }}
-- depends_on: {{ ref('input_layer__contacts') }}, {{ ref('input_layer__survey_responses') }}
-- depends_on: {{ source('promotions', 'changes') }}, {{ source('audit', 'candidate') }}
-- depends_on: {{ source('live', 'orders') }}, {{ source('live', 'order_lines') }}
-- depends_on: {{ source('live', 'refunds') }}, {{ source('live', 'survey_answers') }}
select cast(null as {{ dbt.type_string() }}) as customer_id
where false
{% else %}
with bounds as (

    select * from {{ ref('int_changes__bounds') }}

),

touched_orders as (

    select * from {{ ref('int_changes__orders') }}

),

named as (

    select key_value as customer_id
    from {{ source('promotions', 'changes') }}
    where
        key_kind = 'customer'
        and promotion_id > (select since_promotion from bounds)
        and promotion_id <= (select through_promotion from bounds)

),

-- whose a touched order was and is, and whose refund names it
through_orders as (

    select customer_id
    from ({{ live_fact('orders') }}) as orders
    where order_id in (select order_id from touched_orders)

    union all

    select customer_id
    from {{ ref('input_layer__orders') }}
    where order_id in (select order_id from touched_orders)

    union all

    -- a source that tells of refunds as it does of orders calls both by their number
    select customer_id
    from {{ ref('input_layer__refunds') }}
    where
        order_id in (select order_id from touched_orders)
        or refund_id in (select order_id from touched_orders)

    union all

    select customer_id
    from ({{ live_fact('refunds') }}) as refunds
    where refund_id in (select order_id from touched_orders)

),

happened as (

    select customer_id
    from {{ ref('input_layer__orders') }}
    where
        {{ happened_between_builds('ordered_at') }}
        or {{ happened_between_builds('delivered_at') }}

    union all

    select customer_id
    from {{ ref('input_layer__refunds') }}
    where {{ happened_between_builds('refunded_at') }}

    union all

    -- whom a refund names, until the order it is for happens and tells whose it is
    select refunds.customer_id
    from {{ ref('input_layer__refunds') }} as refunds
    inner join {{ ref('input_layer__orders') }} as orders
        on refunds.order_id = orders.order_id
    where {{ happened_between_builds('orders.ordered_at') }}

    union all

    select customer_id
    from {{ ref('input_layer__contacts') }}
    where
        {{ happened_between_builds('contacted_at') }}
        or {{ happened_between_builds('first_response_at') }}
        or {{ happened_between_builds('resolved_at') }}

    union all

    select customer_id
    from {{ ref('input_layer__survey_responses') }}
    where
        {{ happened_between_builds('submitted_at') }}
        or {{ happened_between_builds('invited_at') }}

),

through_reference_data as (

    select customer_id
    from ({{ live_fact('order_lines') }}) as order_lines
    where product_id in (select product_id from {{ ref('int_changes__products') }})

    union all

    select orders.customer_id
    from ({{ live_fact('orders') }}) as orders
    inner join {{ ref('int_changes__rates') }} as rates
        on
            orders.currency = rates.currency
            and orders.ordered_on = rates.rate_date
    where orders.is_converted

    union all

    select survey_answers.customer_id
    from ({{ live_fact('survey_answers') }}) as survey_answers
    -- scores count the questions of a questionnaire, also those that a customer left out
    where survey_answers.instrument in (select instrument from {{ ref('int_changes__survey_questions') }})

),

final as (

    select customer_id from named
    union
    select customer_id from through_orders
    union
    select customer_id from happened
    union
    select customer_id from through_reference_data

)

select customer_id
from final
where customer_id is not null
{% endif %}
