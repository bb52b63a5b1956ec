with segments as (

    {{ predicted('segments') }}

),

terms as (

    select * from {{ ref('int_prediction__terms') }}

),

final as (

    select
        -- ids
        terms.as_of_date,
        segments.segment,
        segments.model,

        -- who was judged
        segments.customers,
        segments.repeat_customers,

        -- what was fitted to the calibration period
        segments.parameters,

        -- what the holdout says of it, beside the fit of all customers
        {{ measured('segments.holdout_log_likelihood', 4) }} as holdout_log_likelihood,
        {{ measured('segments.holdout_log_likelihood_of_all', 4) }} as holdout_log_likelihood_of_all,
        {{ measured('segments.holdout_total_predicted', 2) }} as holdout_total_predicted,
        {{ measured('segments.holdout_total_predicted_of_all', 2) }} as holdout_total_predicted_of_all,
        {{ measured('segments.holdout_total_actual', 2) }} as holdout_total_actual,

        -- what went live, fitted to the whole history
        segments.live_parameters is not null as is_selected,
        segments.live_parameters

    from segments

    cross join terms

)

select * from final
