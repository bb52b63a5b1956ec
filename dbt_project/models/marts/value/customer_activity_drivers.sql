with drivers as (

    select * from {{ ref('int_value__drivers') }}

),

final as (

    select *

    from drivers

    where customer_id is not null

)

select * from final
