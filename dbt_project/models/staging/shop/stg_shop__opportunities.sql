with source as (

    {{ promoted('shop', 'opportunities') }}

),

renamed as (

    select
        -- ids
        opportunity_id,
        customer_id,

        -- text
        stage,

        -- numerics
        cast(amount as numeric) as amount,

        -- timestamps
        {{ business_time('opened_at') }} as opened_at,
        {{ business_time('closed_at') }} as closed_at

    from source

)

select * from renamed
