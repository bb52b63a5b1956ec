with dissatisfied as (

    select * from {{ ref('int_satisfaction__dissatisfied') }}

),

counted as (

    select
        period,
        count(*) as dissatisfied,
        count(case when has_complained then 1 end) as complained,
        count(case when not has_complained then 1 end) as silent,
        count(case when is_resolved then 1 end) as resolved,
        count(case when has_complained and is_resolved and is_kept then 1 end) as resolved_kept,
        count(case when has_complained and is_resolved and not is_kept then 1 end) as resolved_lost,
        count(case when has_complained and not is_resolved and is_kept then 1 end) as unresolved_kept,
        count(case when has_complained and not is_resolved and not is_kept then 1 end) as unresolved_lost,
        count(case when not has_complained and not is_kept then 1 end) as silent_lost,
        count(case when not has_complained and is_kept then 1 end) as silent_kept,
        sum(value) as dissatisfied_value,
        coalesce(sum(case when not is_kept then value end), 0) as lost_value,
        -- who showed it on the last day of the quarter has the whole window to come back
        {{ is_return_window_over('period') }} as is_complete

    from dissatisfied

    group by period

),

final as (

    select
        -- ids
        period,

        -- numerics
        dissatisfied,
        complained,
        silent,
        resolved,
        {%- for outcome in [
            'resolved_kept', 'resolved_lost', 'unresolved_kept', 'unresolved_lost', 'silent_lost', 'silent_kept'
        ] %}
        case when is_complete then {{ outcome }} end as {{ outcome }},
        {%- endfor %}
        case
            when is_complete then {{ ratio('resolved_lost + unresolved_lost + silent_lost', 'dissatisfied') }}
        end as lost_rate,
        dissatisfied_value,
        case when is_complete then lost_value end as lost_value,

        -- booleans
        is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from counted

)

select * from final
