{{ config(materialized='table') }}

{#- what drivers of activities read of the facts, and the days by which it falls into months -#}
{%- set facts = [
    ('orders', ['order_id', 'customer_id'], ['ordered_on', 'delivered_at']),
    ('order_lines', ['order_id', 'line_key', 'customer_id'], ['ordered_on']),
    ('refunds', ['refund_id', 'customer_id', 'is_assigned_to_cohort'], ['refunded_on']),
    ('contacts', ['contact_id', 'customer_id', 'kind'], ['contacted_on']),
] -%}
{%- set costs = ['month', 'activity', 'activity_group', 'driver', 'is_value_adding', 'is_fixed', 'is_complete'] | join(', ') -%}

{% if is_full_build() %}
-- everything is read; nobody asks what changed
-- depends_on: {{ ref('orders') }}, {{ ref('order_lines') }}, {{ ref('refunds') }}, {{ ref('contacts') }}
-- depends_on: {{ ref('int_value__pools') }}, {{ source('live_marts', 'activity_cost_totals') }}
select cast(null as date) as month
where false
{% else %}
with pools as (

    select
        {{ costs }},
        cast(pool as {{ dbt.type_string() }}) as pool

    from {{ ref('int_value__pools') }}

),

live_pools as (

    select
        {{ costs }},
        cast(pool as {{ dbt.type_string() }}) as pool

    from {{ source('live_marts', 'activity_cost_totals') }}

),

new_pools as (

    select * from pools
    except
    select * from live_pools

),

former_pools as (

    select * from live_pools
    except
    select * from pools

),

-- asked of the facts once they are there: what is touched need not differ
{%- for fact_name, columns, days in facts %}
{{ fact_name }}_changed as (

    {{ fact_changes(fact_name, columns + days) }}

),
{% endfor %}
final as (

    {%- for fact_name, columns, days in facts %}
    {%- for day in days %}
    select {{ period_start(day, 'month') }} as month from {{ fact_name }}_changed
    union
    {%- endfor %}
    {%- endfor %}
    select month from new_pools
    union
    select month from former_pools

)

select month
from final
where month is not null
{% endif %}
