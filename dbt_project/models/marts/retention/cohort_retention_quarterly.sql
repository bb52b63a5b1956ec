with customer_quarters as (

    {{ customer_periods('quarter') }}

),

counts as (

    {{ cohort_counts(activity='customer_quarters', period='quarter') }}

),

final as (

    select
        -- cohort
        cohort_quarter,
        quarters_since_first,
        quarter,

        {{ cohort_measures() }}

    from counts

)

select * from final
