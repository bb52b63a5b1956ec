{{ config(materialized='view') }}

with drivers as (

    select * from {{ ref('customer_activity_drivers') }}

),

pools as (

    select * from {{ ref('activity_cost_totals') }}

),

charges as (

    {{ activity_charges('drivers', 'pools') }}

),

final as (

    select
        -- ids
        month,
        customer_id,
        activity,

        -- text
        activity_group,
        driver,

        -- numerics
        driver_quantity,
        driver_rate,
        cost_amount

    from charges

)

select * from final
