with source as (

    {{ promoted('cdnow', 'purchases') }}

),

renamed as (

    select
        -- ids
        _key as purchase_key,
        customer_id,

        -- numerics
        cast(quantity as numeric) as count_cds,
        cast(amount as numeric) as paid_amount,

        -- dates
        purchased_on

    from source

)

select * from renamed
