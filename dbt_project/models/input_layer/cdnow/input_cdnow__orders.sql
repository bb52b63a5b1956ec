with purchases as (

    select * from {{ ref('stg_cdnow__purchases') }}

),

final as (

    select
        -- ids
        {{ source_key('cdnow', 'purchase_key') }} as order_id,
        customer_id,

        -- text
        'paid' as status,

        -- timestamps
        cast(purchased_on as timestamp) as ordered_at

    from purchases

)

select * from final
