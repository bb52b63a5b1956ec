with scores as (

    select * from {{ ref('int_satisfaction__scores') }}

),

orders as (

    {{ fact('orders') }}

),

answers as (

    select
        scores.period,
        scores.dimension,
        scores.response_id,
        -- the middle of the scale is "as expected"
        scores.score > {{ var('satisfaction_as_expected_score') }} as is_exceeded,
        case
            when scores.customer_id is not null
                then {{ ordered_again('scores.customer_id', 'scores.submitted_on') }}
        end as has_ordered_again

    from scores

    where
        scores.instrument = '{{ var("satisfaction_exceeding_instrument") }}'
        and scores.respondent_role = 'customer'
        and scores.rated_company = 'own'

),

counted as (

    select
        period,
        dimension,
        count(*) as responses,
        cast(count(case when is_exceeded then 1 end) as numeric) / count(*) as exceeded_share,
        count(case when is_exceeded and has_ordered_again is not null then 1 end) as exceeded_customers,
        count(case when not is_exceeded and has_ordered_again is not null then 1 end) as other_customers,
        avg(case when is_exceeded then cast(has_ordered_again as integer) end) as exceeded_rate,
        avg(case when not is_exceeded then cast(has_ordered_again as integer) end) as other_rate,
        {{ is_return_window_over('period') }} as is_complete

    from answers

    group by period, dimension

),

compared as (

    select
        *,
        case
            when is_complete and least(exceeded_customers, other_customers) > 0 then exceeded_rate - other_rate
        end as difference,
        exceeded_rate * (1 - exceeded_rate) / nullif(exceeded_customers, 0)
        + other_rate * (1 - other_rate) / nullif(other_customers, 0) as difference_variance

    from counted

),

final as (

    select
        -- ids
        period,
        dimension,

        -- numerics
        responses,
        {{ with_interval(
            'exceeded_share', 'exceeded_share', 'exceeded_share * (1 - exceeded_share) / responses', 'responses', bounds=[0, 1]
        ) }},
        {{ with_interval(
            'loyalty_difference', 'difference', 'difference_variance', 'responses', bounds=[-1, 1]
        ) }},

        -- booleans
        is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from compared

)

select * from final
