with source as (

    {{ promoted('shop', 'campaign_members') }}

),

renamed as (

    select
        -- ids
        campaign_id,
        customer_id,

        -- text
        arm

    from source

)

select * from renamed
