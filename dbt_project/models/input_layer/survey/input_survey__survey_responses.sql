with responses as (

    select * from {{ ref('stg_survey__responses') }}

),

final as (

    select
        -- ids
        {{ source_key('survey', 'response_id') }} as response_id,
        customer_id,
        {{ source_key('shop', 'employee_id') }} as employee_id,
        {{ source_key('shop', 'order_id') }} as order_id,
        {{ source_key('shop', 'contact_id') }} as contact_id,

        -- text
        respondent_role,
        instrument,
        rated_company,

        -- timestamps
        invited_at,
        submitted_at

    from responses

)

select * from final
