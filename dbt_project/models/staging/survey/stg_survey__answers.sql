with source as (

    {{ promoted('survey', 'answers') }}

),

renamed as (

    select
        -- ids
        response_id,

        -- text
        item_code,
        answer_code,
        answer_text,

        -- numerics
        cast(score as numeric) as score,
        cast(expectation_score as numeric) as expectation_score,
        cast(importance as numeric) as importance,
        cast(need_score as numeric) as need_score

    from source

)

select * from renamed
