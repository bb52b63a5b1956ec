{{ config(pre_hook="{{ by_few_groups() }}") }}

with customer_quarters as (

    select * from {{ ref('int_retention__customer_quarters') }}

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
