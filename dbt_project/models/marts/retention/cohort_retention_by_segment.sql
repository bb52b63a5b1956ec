{{ config(pre_hook="{{ by_few_groups() }}") }}

with customers as (

    select
        customer_id,
        segment,
        channel as acquisition_channel

    from {{ ref('int_customers__totalled') }}

),

counts as (

    {{ cohort_counts(
        activity=ref('int_retention__customer_months'),
        period='month',
        customers='customers',
        dimensions=['segment', 'acquisition_channel']
    ) }}

),

final as (

    select
        -- cohort
        cohort_month,
        months_since_first,
        segment,
        acquisition_channel,
        month,

        {{ cohort_measures() }}

    from counts

)

select * from final
