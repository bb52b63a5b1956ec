with contacts as (

    select * from {{ ref('stg_shop__contacts') }}

),

final as (

    select
        -- ids
        {{ source_key('shop', 'contact_id') }} as contact_id,
        customer_id,
        {{ source_key('shop', 'campaign_id') }} as campaign_id,

        -- text
        direction,
        kind,
        channel,
        touchpoint,
        reason,
        outcome,

        -- timestamps
        contacted_at,
        first_response_at,
        resolved_at,
        effective_at

    from contacts

)

select * from final
