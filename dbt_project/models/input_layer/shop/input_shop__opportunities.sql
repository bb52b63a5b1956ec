with opportunities as (

    select * from {{ ref('stg_shop__opportunities') }}

),

final as (

    select
        -- ids
        {{ source_key('shop', 'opportunity_id') }} as opportunity_id,
        customer_id,

        -- text
        stage,

        -- numerics
        amount,

        -- timestamps
        opened_at,
        closed_at

    from opportunities

)

select * from final
