{{ config(
    materialized='table', unlogged=true,
    pre_hook="{{ by_large_sort() }}",
    post_hook=["create unique index on {{ this }} (customer_id, period_start)", "{{ gather_statistics(this) }}"]
) }}

{{ customer_periods('month') }}

order by customer_id, period_start
