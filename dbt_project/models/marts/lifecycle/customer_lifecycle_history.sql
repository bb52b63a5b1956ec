with spells as (

    select * from {{ ref('int_lifecycle__spells') }}

),

final as (

    select
        -- ids
        customer_id,

        -- text
        stage,
        previous_stage,
        reason_code,

        -- numerics
        cycle_number,

        -- timestamps
        valid_from,
        valid_to,
        {{ as_of_date() }} as as_of_date

    from spells

)

select * from final
