select
    cast({{ var('satisfaction_interval_quantile') }} as double precision) as interval_quantile,
    cast({{ var('satisfaction_driver_quarters') }} as integer) as driver_quarters,
    cast({{ var('satisfaction_minimum_responses') }} as integer) as minimum_responses,
    cast({{ var('satisfaction_respondents_per_attribute') }} as integer) as respondents_per_attribute,
    cast({{ var('satisfaction_minimum_path_respondents') }} as integer) as minimum_path_respondents
