-- read once, by its cohorts, in the order in which the days lie
{{ customer_periods('quarter') }}

order by customer_id, period_start
