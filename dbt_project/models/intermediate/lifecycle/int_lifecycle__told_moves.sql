{%- set arrival, exit = var('satisfaction_arrival_instrument'), var('satisfaction_exit_instrument') -%}

with survey_answers as (

    {{ fact('survey_answers') }}

),

final as (

    select
        -- ids
        response_id,
        item_code,
        customer_id,

        -- text
        item_role,
        answer_code,

        -- timestamps
        submitted_at as told_at,
        submitted_on as told_on

    from survey_answers

    where
        item_role in ('origin', 'destination', 'reason')
        and instrument in ('{{ arrival }}', '{{ exit }}')
        -- on arrival it is asked why the customer came
        and not (item_role = 'reason' and instrument = '{{ arrival }}')
        and answer_code is not null
        and customer_id is not null

)

select * from final
