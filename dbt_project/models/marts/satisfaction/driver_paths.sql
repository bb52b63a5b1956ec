with paths as (

    select * from {{ source('estimates', 'paths') }}

),

final as (

    select
        -- ids
        period,
        from_construct,
        to_construct,

        -- numerics
        responses,
        coefficient,
        low,
        high,

        -- booleans
        {{ is_period_complete('period', 'quarter') }} as is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from paths

)

select * from final
