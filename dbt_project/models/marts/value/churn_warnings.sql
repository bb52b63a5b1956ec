{{ config(pre_hook="{{ by_large_hash() }}") }}

with lifecycle as (

    select * from {{ ref('customer_lifecycle') }}

    where stage in ('danger', 'termination')

),

spells as (

    select * from {{ ref('customer_lifecycle_history') }}

),

predictions as (

    select * from {{ ref('int_value__predictions') }}

),

-- spells leave no gap: where the last one without a warning ended, the warning began
warnings as (

    select
        customer_id,
        coalesce(
            max(case when stage not in ('danger', 'termination') then valid_to end), min(valid_from)
        ) as warned_on

    from spells

    group by customer_id

),

final as (

    select
        -- ids
        lifecycle.customer_id,
        lifecycle.as_of_date,

        -- text
        lifecycle.stage,
        case
            when predictions.churn_probability >= {{ var('prediction_risk_bands')['high'] }} then 'high'
            when predictions.churn_probability >= {{ var('prediction_risk_bands')['medium'] }} then 'medium'
            when predictions.churn_probability is not null then 'low'
        end as risk_band,
        concat_ws(
            ', ',
            case when lifecycle.notice_given_on is not null then 'notice_given' end,
            case when lifecycle.silence_ratio > lifecycle.silence_limit then 'silence' end,
            case when lifecycle.low_score is not null then 'low_score' end,
            case when lifecycle.complaint_open_since is not null then 'open_complaint' end,
            case when lifecycle.reason_code = 'value_falling' then 'value_falling' end,
            case when lifecycle.has_fewer_orders then 'fewer_orders' end,
            case when lifecycle.has_fewer_categories then 'fewer_categories' end
        ) as drivers,
        lifecycle.reason,

        -- numerics
        predictions.churn_probability,
        predictions.predicted_value_12m as value_at_stake,

        -- timestamps
        warnings.warned_on

    from lifecycle

    inner join warnings
        on lifecycle.customer_id = warnings.customer_id

    left join predictions
        on lifecycle.customer_id = predictions.customer_id

)

select * from final
