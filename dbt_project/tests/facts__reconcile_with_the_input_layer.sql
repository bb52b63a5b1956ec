-- Facts that grew by what changed hold exactly what the input layer says now: rows, customers, quantities. Reads everything, so
-- it runs with builds of everything, and when asked for: --vars '{reconcile: true}'.
{%- if not is_full_build() and not var('reconcile') %}
select 'not compared' as fact
where false
{%- else %}
with input_orders as (

    select
        order_id,
        customer_id

    from {{ ref('input_layer__orders') }}
    where
        status != 'cancelled'
        and {{ happened('ordered_at') }}

),

input as (

    select
        'orders' as fact,
        count(*) as count_rows,
        count(customer_id) as count_customers,
        0 as amount
    from input_orders

    union all

    select
        'order_lines' as fact,
        count(*) as count_rows,
        count(input_orders.customer_id) as count_customers,
        coalesce(sum(order_lines.quantity), 0) as amount
    from {{ ref('input_layer__order_lines') }} as order_lines
    inner join input_orders
        on order_lines.order_id = input_orders.order_id

    union all

    select
        'refunds' as fact,
        count(*) as count_rows,
        0 as count_customers,
        0 as amount
    from {{ ref('input_layer__refunds') }}
    where {{ happened('refunded_at') }}

    union all

    select
        'contacts' as fact,
        count(*) as count_rows,
        count(customer_id) as count_customers,
        0 as amount
    from {{ ref('input_layer__contacts') }}
    where {{ happened('contacted_at') }}

    union all

    select
        'survey_answers' as fact,
        count(*) as count_rows,
        count(survey_responses.customer_id) as count_customers,
        coalesce(sum(survey_answers.score), 0) as amount
    from {{ ref('input_layer__survey_answers') }} as survey_answers
    inner join {{ ref('input_layer__survey_responses') }} as survey_responses
        on survey_answers.response_id = survey_responses.response_id
    where {{ happened('survey_responses.submitted_at') }}

),

facts as (

    select
        'orders' as fact,
        count(*) as count_rows,
        count(customer_id) as count_customers,
        0 as amount
    from ({{ fact('orders') }}) as orders

    union all

    select
        'order_lines' as fact,
        count(*) as count_rows,
        count(customer_id) as count_customers,
        coalesce(sum(quantity), 0) as amount
    from ({{ fact('order_lines') }}) as order_lines

    union all

    select
        'refunds' as fact,
        count(*) as count_rows,
        0 as count_customers,
        0 as amount
    from ({{ fact('refunds') }}) as refunds

    union all

    select
        'contacts' as fact,
        count(*) as count_rows,
        count(customer_id) as count_customers,
        0 as amount
    from ({{ fact('contacts') }}) as contacts

    union all

    select
        'survey_answers' as fact,
        count(*) as count_rows,
        count(customer_id) as count_customers,
        coalesce(sum(score), 0) as amount
    from ({{ fact('survey_answers') }}) as survey_answers

)

select
    input.fact,
    input.count_rows as input_rows,
    facts.count_rows as fact_rows

from input

inner join facts
    on input.fact = facts.fact

where
    input.count_rows != facts.count_rows
    or input.count_customers != facts.count_customers
    or input.amount != facts.amount
{%- endif %}
