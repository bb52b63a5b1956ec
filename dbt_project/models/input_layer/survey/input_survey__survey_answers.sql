with answers as (

    select * from {{ ref('stg_survey__answers') }}

),

final as (

    select
        -- ids
        {{ source_key('survey', 'response_id') }} as response_id,

        -- text
        item_code,
        answer_code,
        answer_text,

        -- numerics
        score,
        expectation_score,
        importance,
        need_score

    from answers

)

select * from final
