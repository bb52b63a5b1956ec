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
        reason_codes[1] as reason_code,
        case
            when valid_to is null or valid_to > {{ as_of_date() }}
                then reason_codes[{{ count_up_to(as_of_date(), 'reason_days') }}]
        end as latest_reason_code,

        -- numerics
        cycle_number,

        -- timestamps
        valid_from,
        case when valid_to <= {{ as_of_date() }} then valid_to end as valid_to

    from foreseen_spells

)

select * from final
