with losses as (

    select * from {{ ref('int_satisfaction__losses') }}

),

counted as (

    select
        period,
        reason,
        count(*) as lost_customers,
        sum(value) as lost_value,
        {{ is_period_complete('period', 'quarter') }} as is_complete

    from losses

    group by period, reason

),

final as (

    select
        -- ids
        period,
        reason,

        -- numerics
        lost_customers,
        case
            when is_complete then {{ ratio('lost_customers', 'sum(lost_customers) over (partition by period)') }}
        end as share,
        lost_value,
        case
            when is_complete then {{ ratio('lost_value', 'sum(lost_value) over (partition by period)') }}
        end as value_share,

        -- booleans
        is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from counted

)

select * from final
