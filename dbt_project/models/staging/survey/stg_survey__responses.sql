with source as (

    {{ promoted('survey', 'responses') }}

),

renamed as (

    select
        -- ids
        response_id,
        customer_id,
        employee_id,
        order_id,
        contact_id,

        -- text
        respondent_role,
        instrument,
        rated_company,

        -- timestamps
        {{ business_time('invited_at') }} as invited_at,
        {{ business_time('submitted_at') }} as submitted_at

    from source

)

select * from renamed
