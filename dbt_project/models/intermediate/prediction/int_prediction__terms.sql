{{ config(materialized='table') }}

with occasions as (

    select * from {{ ref('int_lifecycle__occasions') }}

),

span as (

    select min(occasion_on) as calibration_start
    from occasions

),

split as (

    select
        calibration_start,
        {{ calibration_end('calibration_start') }} as calibration_end

    from span

),

final as (

    select
        -- numerics
        cast({{ var('prediction_churn_days') }} as integer) as churn_days,
        cast({{ var('prediction_annual_discount') }} as double precision) as annual_discount,
        cast({{ var('prediction_lifetime_years') }} as double precision) as lifetime_years,
        {%- if var('prediction_segment_repeaters') == 'none' %}
        cast(null as integer) as segment_repeaters,
        {%- else %}
        cast({{ var('prediction_segment_repeaters') }} as integer) as segment_repeaters,
        {%- endif %}

        -- timestamps
        calibration_start,
        -- a day outside of what is known calibrates nothing
        case
            when calibration_end >= calibration_start and calibration_end < {{ as_of_date() }} then calibration_end
        end as calibration_end,
        {{ as_of_date() }} as as_of_date

    from split

)

select * from final
