{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with overall as (

    select * from {{ ref('int_satisfaction__overall') }}

),

contacts as (

    {{ fact('contacts') }}

),

orders as (

    {{ fact('orders') }}

),

customer_value as (

    select * from {{ ref('int_satisfaction__customer_value') }}

),

complaints as (

    select
        customer_id,
        contacted_on,
        coalesce(
            resolved_at is not null
            and outcome is distinct from '{{ var("satisfaction_rejected_outcome") }}',
            false
        ) as is_resolved

    from contacts

    where
        kind = 'complaint'
        and customer_id is not null

),

signs as (

    select
        customer_id,
        submitted_on as shown_on

    from overall

    where lower_score <= {{ var('lifecycle_low_score') }}

    union all

    select
        customer_id,
        contacted_on as shown_on

    from complaints

),

first_signs as (

    select
        customer_id,
        {{ period_start('shown_on', 'quarter') }} as period,
        min(shown_on) as shown_on

    from signs

    group by customer_id, {{ period_start('shown_on', 'quarter') }}

),

-- a complaint belongs to the dissatisfaction of its quarter, however long after the first sign, and to one shown shortly before
heard as (

    select
        first_signs.customer_id,
        first_signs.period,
        count(*) as count_complaints,
        bool_and(complaints.is_resolved) as is_resolved

    from first_signs

    inner join complaints
        on
            first_signs.customer_id = complaints.customer_id
            and first_signs.period <= complaints.contacted_on
            and (
                complaints.contacted_on < {{ later_period('first_signs.period', 1, 'quarter') }}
                or complaints.contacted_on <= first_signs.shown_on + {{ var('satisfaction_complaint_window_days') }}
            )

    group by first_signs.customer_id, first_signs.period

),

final as (

    select
        -- ids
        first_signs.customer_id,
        first_signs.period,

        -- numerics
        coalesce(customer_value.value, 0) as value,

        -- booleans
        heard.customer_id is not null as has_complained,
        coalesce(heard.is_resolved, false) as is_resolved,
        {{ ordered_again('first_signs.customer_id', 'first_signs.shown_on') }} as is_kept,

        -- timestamps
        first_signs.shown_on

    from first_signs

    left join heard
        on
            first_signs.customer_id = heard.customer_id
            and first_signs.period = heard.period

    left join customer_value
        on
            first_signs.customer_id = customer_value.customer_id
            and first_signs.period = customer_value.period

)

select * from final
