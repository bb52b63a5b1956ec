with fits as (

    {{ predicted('fits') }}

),

terms as (

    select * from {{ ref('int_prediction__terms') }}

),

final as (

    select
        -- ids
        terms.as_of_date,
        fits.model,

        -- what was fitted to the calibration period
        fits.parameters,
        {{ measured('fits.log_likelihood', 4) }} as log_likelihood,
        fits.customers,
        fits.time_unit,
        terms.calibration_start,
        terms.calibration_end,

        -- what the holdout says of it
        terms.as_of_date as holdout_end,
        fits.holdout_rank,
        {{ measured('fits.holdout_log_likelihood', 4) }} as holdout_log_likelihood,
        {{ measured('fits.holdout_correlation', 6) }} as holdout_correlation,
        {{ measured('fits.holdout_mae', 6) }} as holdout_mae,
        {{ measured('fits.holdout_mae_zero', 6) }} as holdout_mae_zero,
        {{ measured('fits.holdout_rmse', 6) }} as holdout_rmse,
        {{ measured('fits.holdout_rmse_own_rate', 6) }} as holdout_rmse_own_rate,
        {{ measured('fits.holdout_total_predicted', 2) }} as holdout_total_predicted,
        {{ measured('fits.holdout_total_actual', 2) }} as holdout_total_actual,

        -- what went live, fitted to the whole history
        fits.is_selected,
        coalesce(fits.is_by_segment, false) as is_by_segment,
        fits.live_model,
        fits.live_parameters,
        {{ measured('fits.live_log_likelihood', 4) }} as live_log_likelihood,
        fits.live_customers,

        -- what to remember
        fits.is_fallback,
        fits.shows_dropout,
        fits.note

    from fits

    cross join terms

)

select * from final
