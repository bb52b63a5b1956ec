with circumstances as (

    select * from {{ ref('int_lifecycle__circumstances') }}

),

staged as (

    select
        *,
        {{ stage_of_day() }} as stage

    from circumstances

),

final as (

    select
        -- ids
        customer_id,
        changed_on,

        -- text
        stage,
        {{ reason_of_stage('stage') }} as reason_code,

        -- numerics
        cycle_number

    from staged

)

select * from final
-- likewise
order by customer_id, changed_on
