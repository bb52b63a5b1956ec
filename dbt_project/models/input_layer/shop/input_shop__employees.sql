with employees as (

    select * from {{ ref('stg_shop__employees') }}

),

final as (

    select
        -- ids
        {{ source_key('shop', 'employee_id') }} as employee_id,

        -- text
        role,

        -- dates
        hired_on

    from employees

)

select * from final
