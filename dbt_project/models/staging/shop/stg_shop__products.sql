with source as (

    {{ promoted('shop', 'products') }}

),

renamed as (

    select
        -- ids
        product_id,

        -- text
        product_name,
        category,

        -- numerics
        cast(unit_cost as numeric) as unit_cost,

        -- dates
        launched_on

    from source

)

select * from renamed
