with customers as (

    select * from {{ ref('stg_shop__customers') }}

),

final as (

    select
        -- ids
        customer_id,
        influences_customer_id,
        referred_by_customer_id,
        {{ source_key('shop', 'account_manager_id') }} as account_manager_id,

        -- text
        customer_kind,
        segment,
        industry,
        region,
        acquisition_channel,

        -- booleans
        is_target,
        is_key_account,

        -- dates
        member_since,

        -- timestamps
        registered_at

    from customers

)

select * from final
