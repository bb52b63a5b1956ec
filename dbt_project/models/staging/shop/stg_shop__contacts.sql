with source as (

    {{ promoted('shop', 'contacts') }}

),

renamed as (

    select
        -- ids
        contact_id,
        customer_id,
        campaign_id,

        -- text
        direction,
        kind,
        channel,
        touchpoint,
        reason,
        outcome,

        -- timestamps
        {{ business_time('contacted_at') }} as contacted_at,
        {{ business_time('first_response_at') }} as first_response_at,
        {{ business_time('resolved_at') }} as resolved_at,
        {{ business_time('effective_at') }} as effective_at

    from source

)

select * from renamed
