with segments as (

    select * from {{ ref('lifecycle_flows_by_segment') }}

),

-- A customer is in one segment and came through one channel, so counts add up.
final as (

    select
        -- ids
        month,
        opening_stage,
        closing_stage,

        -- numerics
        cast(sum(customers) as bigint) as customers,

        -- booleans
        is_complete,

        -- timestamps
        as_of_date

    from segments

    group by month, opening_stage, closing_stage, is_complete, as_of_date

)

select * from final
