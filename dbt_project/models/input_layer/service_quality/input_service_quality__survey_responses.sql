with perceptions as (

    select * from {{ ref('stg_service_quality__perceptions') }}

),

final as (

    select
        -- ids
        {{ source_key('service_quality', 'respondent_key') }} as response_id,

        -- text
        'customer' as respondent_role,
        'service_quality' as instrument,
        'own' as rated_company,

        -- timestamps
        cast(coalesce(surveyed_on, date '{{ var("service_quality_surveyed_on") }}') as timestamp) as submitted_at

    from perceptions

)

select * from final
