with source as (

    {{ promoted('shop', 'product_upgrades') }}

),

renamed as (

    select
        -- ids
        product_id,
        upgrades_product_id

    from source

)

select * from renamed
