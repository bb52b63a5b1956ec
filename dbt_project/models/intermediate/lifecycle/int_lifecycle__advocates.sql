with referrals as (

    select * from {{ ref('int_value__referrals') }}

    where problem is null

),

survey_answers as (

    {{ fact('survey_answers') }}

),

responses as (

    select * from {{ ref('int_satisfaction__responses') }}

    where is_returned

),

contacts as (

    {{ fact('contacts') }}

),

recommendations as (

    select
        customer_id,
        score_100,
        row_number() over (
            partition by customer_id
            order by {{ latest_answer_first('submitted_at') }}
        ) as place

    from survey_answers

    where
        item_role = 'recommendation'
        and coalesce(rated_company, 'own') = 'own'
        and coalesce(respondent_role, 'customer') = 'customer'
        and score_100 is not null
        and customer_id is not null

),

signs as (

    select
        referrer_id as customer_id,
        true as has_referred,
        false as recommends,
        false as has_engaged

    from referrals

    union all

    select
        customer_id,
        false as has_referred,
        score_100 >= {{ var('lifecycle_advocate_score') }} as recommends,
        false as has_engaged

    from recommendations

    where place = 1

    union all

    select
        customer_id,
        false as has_referred,
        false as recommends,
        true as has_engaged

    from responses

    where
        respondent_role = 'customer'
        and customer_id is not null

    union all

    select
        customer_id,
        false as has_referred,
        false as recommends,
        true as has_engaged

    from contacts

    where
        direction = 'inbound'
        and customer_id is not null

),

final as (

    select
        -- ids
        customer_id,

        -- booleans
        {{ dbt.bool_or('has_referred') }} as has_referred,
        {{ dbt.bool_or('recommends') }} as recommends,
        {{ dbt.bool_or('has_engaged') }} as has_engaged

    from signs

    group by customer_id

)

select * from final
