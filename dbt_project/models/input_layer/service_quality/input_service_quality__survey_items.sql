with survey_items as (

    select * from {{ ref('survey_items') }}

),

final as (

    select
        -- text
        instrument,
        item_code,
        dimension,
        attribute,
        item_role,
        driver_level,
        wording_en,
        wording_zh,

        -- numerics
        scale_min,
        scale_max,
        weight,

        -- booleans
        is_reversed,
        has_expectation

    from survey_items

    where instrument = 'service_quality'

)

select * from final
