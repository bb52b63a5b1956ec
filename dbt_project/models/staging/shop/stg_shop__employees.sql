with source as (

    {{ promoted('shop', 'employees') }}

),

renamed as (

    select
        -- ids
        employee_id,

        -- text
        role,

        -- dates
        hired_on

    from source

)

select * from renamed
