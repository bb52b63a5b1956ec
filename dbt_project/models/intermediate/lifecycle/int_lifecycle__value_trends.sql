{{ value_trends(ref('int_lifecycle__value_windows'), besides=['is_newly_known']) }}

-- as they lie: says so to the step that compares each with the one before
order by customer_id, evaluated_on
