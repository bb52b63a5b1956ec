-- An answer to an item that survey_items does not describe has neither scale nor dimension, and enters no score.
{{ config(severity='warn') }}

with answers as (

    select * from {{ ref('input_layer__survey_answers') }}

),

responses as (

    select * from {{ ref('input_layer__survey_responses') }}

),

items as (

    select * from {{ ref('input_layer__survey_items') }}

),

answered as (

    select
        responses.instrument,
        answers.item_code,
        count(*) as count_answers

    from answers

    inner join responses
        on answers.response_id = responses.response_id

    group by
        responses.instrument,
        answers.item_code

)

select
    answered.instrument,
    answered.item_code,
    answered.count_answers

from answered

left join items
    on
        answered.instrument = items.instrument
        and answered.item_code = items.item_code

where items.item_code is null
