{{ config(pre_hook="{{ by_few_groups() }}") }}

with customer_weeks as (

    select * from {{ ref('int_retention__customer_weeks') }}

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
