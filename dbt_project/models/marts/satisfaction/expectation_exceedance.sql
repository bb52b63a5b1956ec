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
        count(case when is_exceeded then 1 end) as exceeded_responses,
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
            ('exceeded_share', 'exceeded_responses', 'responses'),
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
        {%- for end in ['', '_low', '_high'] %}
        {{ if_enough(published('exceeded_share' ~ end), 'responses') }} as exceeded_share{{ end }},
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
