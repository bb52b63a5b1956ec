with source as (

    {{ promoted('shop', 'customers') }}

),

renamed as (

    select
        -- ids
        customer_id,
        influences_customer_id,
        referred_by_customer_id,
        account_manager_id,

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
        {{ business_time('registered_at') }} as registered_at

    from source

)

select * from renamed
