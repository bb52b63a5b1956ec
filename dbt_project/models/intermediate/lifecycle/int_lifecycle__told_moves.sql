with survey_answers as (

    {{ fact('survey_answers') }}

),

-- the latest answer to each question
ranked as (

    select
        customer_id,
        item_role,
        answer_code,
        submitted_on,
        row_number() over (
            partition by customer_id, item_role
            order by submitted_at desc, response_id desc, item_code asc
        ) as place

    from survey_answers

    where
        item_role in ('origin', 'destination', 'reason')
        and instrument in ('arrival', 'exit')
        and not (item_role = 'reason' and instrument = 'arrival')
        and answer_code is not null
        and customer_id is not null

),

final as (

    select
        -- ids
        customer_id,

        -- text
        max(case when item_role = 'origin' then answer_code end) as origin,
        max(case when item_role = 'destination' then answer_code end) as destination,
        max(case when item_role = 'reason' then answer_code end) as reason_of_leaving,

        -- timestamps
        max(case when item_role = 'destination' then submitted_on end) as destination_told_on,
        max(case when item_role = 'reason' then submitted_on end) as reason_told_on

    from ranked

    where place = 1

    group by customer_id

)

select * from final
