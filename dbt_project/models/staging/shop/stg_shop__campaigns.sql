with source as (

    {{ promoted('shop', 'campaigns') }}

),

renamed as (

    select
        -- ids
        campaign_id,

        -- text
        campaign_name,
        kind,

        -- numerics
        cast(cost_amount as numeric) as cost_amount,

        -- dates
        starts_on,
        ends_on

    from source

)

select * from renamed
