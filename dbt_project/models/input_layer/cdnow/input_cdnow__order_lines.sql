with purchases as (

    select * from {{ ref('stg_cdnow__purchases') }}

),

final as (

    select
        -- ids
        {{ source_key('cdnow', 'purchase_key') }} as order_id,
        '1' as line_key,

        -- numerics
        count_cds as quantity,
        paid_amount as line_amount

    from purchases

)

select * from final
