{{ config(
    materialized='incremental', incremental_strategy='kept', schema='kept', unlogged=true,
    pre_hook="{{ by_large_sort() }}",
    indexes=[{'columns': ['customer_id', 'period_start'], 'unique': true}],
    post_hook="{{ gather_statistics(this) }}"
) }}

{{ customer_periods('month', condition=of_touched()) }}

order by customer_id, period_start
