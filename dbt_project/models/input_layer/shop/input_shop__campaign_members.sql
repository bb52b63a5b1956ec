with campaign_members as (

    select * from {{ ref('stg_shop__campaign_members') }}

),

final as (

    select
        -- ids
        {{ source_key('shop', 'campaign_id') }} as campaign_id,
        customer_id,

        -- text
        arm

    from campaign_members

)

select * from final
