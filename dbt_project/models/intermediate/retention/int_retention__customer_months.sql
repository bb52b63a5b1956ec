{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

{{ customer_periods('month') }}
