{{ config(
    materialized='table', unlogged=true,
    pre_hook="{{ by_large_hash() }}",
    post_hook="{{ gather_statistics(this) }}"
) }}

{%- set drivers = activity_drivers() -%}

with line_months as (

    select * from {{ ref('int_value__line_months') }}

    where {{ of_touched_month() }}

),

customer_months as (

    select * from {{ ref('int_retention__customer_months') }}

    where {{ of_touched_month('period_start') }}

),

-- read twice rather than written down in between
orders as not materialized (

    {{ fact('orders') }}

),

contacts as (

    {{ fact('contacts') }}

),

-- one branch per fact, each aggregated before it meets the others; guests are customer NULL
deliveries as (

    select
        customer_id,
        {{ period_start('delivered_at', 'month') }} as month,
        count(*) as deliveries

    from orders

    where
        delivered_at is not null
        and {{ of_touched_month(period_start('delivered_at', 'month')) }}

    group by customer_id, {{ period_start('delivered_at', 'month') }}

),

guest_orders as (

    select
        order_month as month,
        count(*) as orders

    from orders

    where
        customer_id is null
        and {{ of_touched_month('order_month') }}

    group by order_month

),

-- a contact drives one activity: complaints and campaigns are not among the other contacts
contact_months as (

    select
        customer_id,
        {{ period_start('contacted_on', 'month') }} as month,
        count(case when kind not in ('complaint', 'campaign') then 1 end) as contacts,
        count(case when kind = 'complaint' then 1 end) as complaints,
        count(case when kind = 'campaign' then 1 end) as campaign_touches

    from contacts

    where {{ of_touched_month(period_start('contacted_on', 'month')) }}

    group by customer_id, {{ period_start('contacted_on', 'month') }}

),

{%- set branches = {
    'line_months': {'lines': 'count_lines'},
    'customer_months': {'month': 'period_start', 'orders': 'count_orders', 'active_customers': 'least(count_orders, 1)'},
    'guest_orders': {'customer_id': 'null', 'orders': 'orders'},
    'deliveries': {'deliveries': 'deliveries'},
    'contact_months': {
        'contacts': 'contacts', 'complaints': 'complaints', 'campaign_touches': 'campaign_touches'
    },
} %}

driven as (

    {%- for branch, columns in branches.items() %}
    select
        cast({{ columns.get('customer_id', 'customer_id') }} as {{ dbt.type_string() }}) as customer_id,
        {%- for driver in drivers %}
        {{ columns.get(driver, 0) }} as {{ driver }},
        {%- endfor %}
        {{ columns.get('month', 'month') }} as month
    from {{ branch }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

),

summed as (

    select
        customer_id,
        {%- for driver in drivers %}
        cast(sum({{ driver }}) as integer) as {{ driver }},
        {%- endfor %}
        month

    from driven

    group by customer_id, month

),

final as (

    select
        -- running sums, guests last
        {%- for driver in drivers %}
        cast(sum({{ driver }}) over customers_of_month as integer) as {{ driver }}_so_far,
        {%- endfor %}
        *

    from summed

    window customers_of_month as (
        partition by month
        order by customer_id nulls last
        rows between unbounded preceding and current row
    )

)

select * from final
