with customer_weeks as (

    {{ customer_periods('week') }}

),

counts as (

    {{ cohort_counts(activity='customer_weeks', period='week') }}

),

final as (

    select
        -- cohort
        cohort_week,
        weeks_since_first,
        week,

        {{ cohort_measures() }}

    from counts

)

select * from final
