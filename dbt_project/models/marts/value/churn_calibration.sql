with churn as (

    {{ predicted('churn') }}

),

terms as (

    select * from {{ ref('int_prediction__terms') }}

),

final as (

    select
        -- ids
        churn.decile,
        churn.model,

        -- of the decile
        churn.customers,
        {{ measured('churn.predicted_rate', 6) }} as predicted_rate,
        {{ measured('churn.actual_rate', 6) }} as actual_rate,
        {{ measured('churn.lead_days', 2) }} as lead_days,

        -- of all of them
        {{ measured('churn.auc', 6) }} as auc,
        {{ measured('churn.brier', 6) }} as brier,
        {{ measured('churn.rule_auc', 6) }} as rule_auc,
        {{ measured('churn.rule_brier', 6) }} as rule_brier,
        {{ measured('churn.horizon_days', 2) }} as horizon_days,
        churn.adjustment,
        churn.adjustment is not null as is_adjusted,

        -- timestamps
        terms.calibration_end as foretold_on,
        terms.as_of_date

    from churn

    cross join terms

)

select * from final
