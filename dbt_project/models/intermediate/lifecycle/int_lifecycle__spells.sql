with foreseen_spells as (

    select * from {{ ref('int_lifecycle__foreseen_spells') }}

    where valid_from <= {{ as_of_date() }}

),

final as (

    select
        -- ids
        customer_id,

        -- text
        stage,
        previous_stage,
        reason_code,
        case
            when valid_to <= {{ as_of_date() }} then null
            when later_reason_days[1] <= {{ as_of_date() }}
                then later_reason_codes[{{ count_up_to(as_of_date(), 'later_reason_days') }}]
            else reason_code
        end as latest_reason_code,

        -- numerics
        cycle_number,

        -- timestamps
        valid_from,
        case when valid_to <= {{ as_of_date() }} then valid_to end as valid_to

    from foreseen_spells

)

select * from final
