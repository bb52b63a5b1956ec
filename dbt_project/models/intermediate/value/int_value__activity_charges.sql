{{ config(
    materialized='table', unlogged=true,
    pre_hook="{{ by_large_hash() }}",
    post_hook="{{ gather_statistics(this) }}"
) }}

-- read twice, with the table's statistics, rather than written down in between
with drivers as not materialized (

    select * from {{ ref('int_value__drivers') }}

    where customer_id is not null

),

pools as (

    select * from {{ ref('int_value__activity_pools') }}

),

charges as (

    {{ activity_charges('drivers', 'pools') }}

),

charged as (

    select
        customer_id,
        month,
        sum(cost_amount) as activity_cost,
        sum(case when activity_group = 'marketing' then cost_amount else 0 end) as marketing_activity_cost

    from charges

    group by customer_id, month

),

final as (

    select
        drivers.*,
        charged.activity_cost,
        charged.marketing_activity_cost

    from drivers

    left join charged
        on
            drivers.customer_id = charged.customer_id
            and drivers.month = charged.month

)

select * from final
