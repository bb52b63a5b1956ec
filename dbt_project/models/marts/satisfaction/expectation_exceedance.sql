with respondents as (

    select * from {{ ref('int_satisfaction__respondents') }}

),

orders as (

    {{ fact('orders') }}

),

answers as (

    select
        respondents.period,
        respondents.dimension,
        respondents.count_responses,
        -- the middle of the scale is "as expected"
        respondents.score > {{ var('satisfaction_as_expected_score') }} as is_exceeded,
        -- from the last answer on: who is asked after each of two orders has come back by being asked twice
        case
            when respondents.customer_id is not null
                then {{ ordered_again('respondents.customer_id', 'respondents.last_submitted_on') }}
        end as has_ordered_again

    from respondents

    where respondents.instrument = '{{ var("satisfaction_exceeding_instrument") }}'

),

counted as (

    select
        period,
        dimension,
        cast(sum(count_responses) as bigint) as responses,
        count(*) as respondents,
        count(case when is_exceeded then 1 end) as exceeded_respondents,
        count(case when is_exceeded and has_ordered_again is not null then 1 end) as exceeded_customers,
        count(case when not is_exceeded and has_ordered_again is not null then 1 end) as other_customers,
        count(case when is_exceeded and has_ordered_again then 1 end) as exceeded_returned,
        count(case when not is_exceeded and has_ordered_again then 1 end) as other_returned,
        {{ is_return_window_over('period') }} as is_complete

    from answers

    group by period, dimension

),

shares as (

    select
        *,
        {%- for share, part, whole in [
            ('exceeded_share', 'exceeded_respondents', 'respondents'),
            ('exceeded_rate', 'exceeded_returned', 'exceeded_customers'),
            ('other_rate', 'other_returned', 'other_customers'),
        ] %}
        cast({{ part }} as numeric) / nullif({{ whole }}, 0) as {{ share }},
        {{ share_bound(part, whole, '-') }} as {{ share }}_low,
        {{ share_bound(part, whole, '+') }} as {{ share }}_high,
        {%- endfor %}
        -- each group needs the minimum
        case when is_complete then least(exceeded_customers, other_customers) end as compared

    from counted

),

final as (

    select
        -- ids
        period,
        dimension,

        -- numerics
        responses,
        respondents,
        {%- for end in ['', '_low', '_high'] %}
        {{ if_enough(published('exceeded_share' ~ end), 'respondents') }} as exceeded_share{{ end }},
        {%- endfor %}
        exceeded_customers,
        other_customers,
        {{ if_enough(published('exceeded_rate - other_rate'), 'compared') }} as loyalty_difference,
        {{ if_enough(published(
            difference_bound('exceeded_rate', 'other_rate', '-')
        ), 'compared') }} as loyalty_difference_low,
        {{ if_enough(published(
            difference_bound('exceeded_rate', 'other_rate', '+')
        ), 'compared') }} as loyalty_difference_high,

        -- booleans
        is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from shares

)

select * from final
