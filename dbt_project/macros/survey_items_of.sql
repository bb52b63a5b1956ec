{#- The items that come with a source, as its delivery: the seed survey_items says which those are. -#}
{% macro survey_items_of(source_name) -%}
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

    where source = '{{ source_name }}'

)

select * from final
{%- endmacro %}
