with campaigns as (

    select * from {{ ref('stg_shop__campaigns') }}

),

final as (

    select
        -- ids
        {{ source_key('shop', 'campaign_id') }} as campaign_id,

        -- text
        campaign_name,
        kind,

        -- numerics
        cost_amount,

        -- dates
        starts_on,
        ends_on

    from campaigns

)

select * from final
