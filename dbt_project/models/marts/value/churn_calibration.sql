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
        {{ decimals('churn.predicted_rate', 6) }} as predicted_rate,
        {{ decimals('churn.actual_rate', 6) }} as actual_rate,
        {{ decimals('churn.lead_days', 2) }} as lead_days,

        -- of all of them
        {{ decimals('churn.auc', 6) }} as auc,
        {{ decimals('churn.brier', 6) }} as brier,
        {{ decimals('churn.rule_auc', 6) }} as rule_auc,
        {{ decimals('churn.rule_brier', 6) }} as rule_brier,
        {{ decimals('churn.horizon_days', 2) }} as horizon_days,
        churn.adjustment,
        churn.adjustment is not null as is_adjusted,

        -- timestamps
        terms.calibration_end as foretold_on,
        terms.as_of_date

    from churn

    cross join terms

)

select * from final
