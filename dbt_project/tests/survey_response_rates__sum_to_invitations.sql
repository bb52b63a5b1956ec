-- Every invitation is in one band of value.
with bands as (

    select
        period,
        instrument,
        sum(invited) as invited

    from {{ ref('survey_response_rates') }}

    group by period, instrument

),

responses as (

    select
        asked_period as period,
        instrument,
        count(*) as invited

    from {{ ref('int_satisfaction__responses') }}

    where
        is_invited
        and respondent_role = 'customer'
        and rated_company = 'own'

    group by asked_period, instrument

)

select
    period,
    instrument,
    bands.invited as in_bands,
    responses.invited

from bands

full outer join responses using (period, instrument)

where bands.invited is distinct from responses.invited
