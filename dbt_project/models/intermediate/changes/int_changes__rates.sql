{{ config(materialized='table') }}

{% if is_full_build() %}
-- everything is read; nobody asks what changed
-- depends_on: {{ ref('int_exchange_rates__daily') }}, {{ source('live', 'orders') }}, {{ source('audit', 'candidate') }}
select
    cast(null as {{ dbt.type_string() }}) as currency,
    cast(null as date) as rate_date
where false
{% else %}
-- Compared, not looked up in raw.changes: a rate belongs to no customer.
with rates as (

    select * from {{ ref('int_exchange_rates__daily') }}

),

applied as (

    select distinct
        currency,
        ordered_on,
        exchange_rate,
        is_rate_missing

    from ({{ live_fact('orders') }}) as orders

    where is_converted

),

final as (

    select distinct
        applied.currency,
        applied.ordered_on as rate_date

    from applied

    left join rates
        on
            applied.currency = rates.currency
            and applied.ordered_on = rates.rate_date

    where
        applied.is_rate_missing != (rates.currency is null)
        or cast(applied.exchange_rate as {{ dbt.type_string() }})
        != cast(coalesce(rates.exchange_rate, 1) as {{ dbt.type_string() }})

)

select * from final
{% endif %}
