{{ config(
    unique_key=['instrument', 'item_code'],
    meta={'touched_by': []}
) }}

-- depends_on: {{ ref('int_changes__survey_questions') }}

with survey_items as (

    select * from {{ ref('input_layer__survey_items') }}

),

final as (

    select
        -- ids
        instrument,
        item_code,
        source,

        -- text
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
        coalesce(is_reversed, false) as reversed,
        coalesce(has_expectation, false) as has_expectation,

        -- releases
        {{ release_columns() }}

    from survey_items

)

select * from final
