{{ config(materialized='table') }}

{% if is_full_build() %}
-- everything is read; nobody asks what changed
-- depends_on: {{ ref('input_layer__survey_items') }}, {{ source('live', 'survey_questions') }}
-- depends_on: {{ source('audit', 'candidate') }}
select
    cast(null as {{ dbt.type_string() }}) as instrument,
    cast(null as {{ dbt.type_string() }}) as item_code
where false
{% else %}
-- Compared, not looked up in raw.changes: a question belongs to no customer.
with survey_items as (

    select * from {{ ref('input_layer__survey_items') }}

),

live_survey_questions as (

    {{ live_fact('survey_questions') }}

),

final as (

    select
        coalesce(survey_items.instrument, live_survey_questions.instrument) as instrument,
        coalesce(survey_items.item_code, live_survey_questions.item_code) as item_code

    from survey_items

    full outer join live_survey_questions
        on
            survey_items.instrument = live_survey_questions.instrument
            and survey_items.item_code = live_survey_questions.item_code

    where
        survey_items.item_code is null
        or live_survey_questions.item_code is null
        or survey_items.dimension is distinct from live_survey_questions.dimension
        or survey_items.attribute is distinct from live_survey_questions.attribute
        or survey_items.item_role is distinct from live_survey_questions.item_role
        or coalesce(survey_items.is_reversed, false) is distinct from live_survey_questions.reversed
        or cast(survey_items.weight as {{ dbt.type_string() }})
        is distinct from cast(live_survey_questions.weight as {{ dbt.type_string() }})
        or cast(survey_items.scale_min as {{ dbt.type_string() }})
        is distinct from cast(live_survey_questions.scale_min as {{ dbt.type_string() }})
        or cast(survey_items.scale_max as {{ dbt.type_string() }})
        is distinct from cast(live_survey_questions.scale_max as {{ dbt.type_string() }})

)

select * from final
{% endif %}
