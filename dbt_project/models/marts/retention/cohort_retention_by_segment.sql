with customers as (

    select
        customer_id,
        segment,
        channel as acquisition_channel

    from {{ ref('customers') }}

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

        -- counts
        cohort_customers,
        active_customers,
        returned_customers,
        orders,

        -- amounts
        net_revenue,
        cumulative_net_revenue,
        refund_amount,
        first_net_revenue,
        kept_revenue,

        -- booleans
        is_complete,

        -- rates
        {{ cohort_rates() }}

    from counts

)

select * from final
