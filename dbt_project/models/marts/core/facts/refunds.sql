{{ config(
    unique_key=['refund_id'],
    meta={'touched_by': ['customer_id', 'order_id'], 'indexed': ['customer_id', 'order_id', 'refunded_on']}
) }}

-- depends_on: {{ ref('int_changes__customers') }}, {{ ref('int_changes__orders') }}

with refunds as (

    select * from {{ ref('int_refunds__owned') }}

),

final as (

    select
        -- ids
        refund_id,
        source,
        order_id,
        customer_id,

        -- text
        reason,

        -- numerics
        refund_amount,

        -- booleans
        is_assigned_to_order,
        is_assigned_to_cohort,

        -- timestamps
        refunded_at,
        refunded_on,
        {{ period_start('refunded_on', 'month') }} as refund_month,

        -- releases
        {{ release_columns() }}

    from refunds

)

select * from final
