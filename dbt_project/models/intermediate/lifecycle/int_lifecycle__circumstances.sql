with customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

rhythms as (

    select * from {{ ref('int_lifecycle__rhythms') }}

),

notices as (

    select * from {{ ref('int_lifecycle__notices') }}

),

dissatisfactions as (

    select * from {{ ref('int_lifecycle__dissatisfactions') }}

),

value_trends as (

    select * from {{ ref('int_lifecycle__value_trends') }}

),

-- occasions after which a notice took effect before the next one
left_by_notice as (

    select distinct
        customer_id,
        last_occasion_on

    from notices

    where
        in_effect_from < in_effect_until
        and last_occasion_on is not null

),

-- an order on the day after a day of interruption begins a cycle
interrupted as (

    select
        rhythms.*,
        rhythms.interruption_on < rhythms.next_occasion_on
        or left_by_notice.customer_id is not null as is_interrupted

    from rhythms

    left join left_by_notice
        on
            rhythms.customer_id = left_by_notice.customer_id
            and rhythms.occasion_on = left_by_notice.last_occasion_on

),

cycles as (

    select
        *,
        coalesce(lag(is_interrupted) over (partition by customer_id order by occasion_on), false) as begins_cycle

    from interrupted

),

-- Whatever changes on a day: sums of what begins and ends, and the latest of what stands until the next one.
changes as (

    {{ lifecycle_changes('known_on') }}
    from customers

    union all

    {{ lifecycle_changes('occasion_on', {
        'occasions': 1,
        'cycles': 'case when begins_cycle or occasion_number = 1 then 1 else 0 end',
        'cycle_occasion_number': 'case when begins_cycle or occasion_number = 1 then occasion_number else 0 end',
        'recovery_code': dated('occasion_on', 'case when begins_cycle then 1 else 0 end'),
        'silence_code': dated('occasion_on', 0),
        'trend_code': dated('occasion_on', 0),
    }) }}
    from cycles

    union all

    -- the morrow of a recovery
    {{ lifecycle_changes('occasion_on + 1', {'recovery_code': dated('(occasion_on + 1)', 0)}) }}
    from cycles
    where begins_cycle

    {%- for limit in ['danger', 'termination', 'interruption'] %}

    union all

    {{ lifecycle_changes(limit ~ '_on', {'silence_code': dated(limit ~ '_on', loop.index)}) }}
    from rhythms
    where next_occasion_on is null or {{ limit }}_on < next_occasion_on
    {%- endfor %}

    union all

    {{ lifecycle_changes('given_on', {'notices_pending': 1}) }}
    from notices

    union all

    -- LEAST passes over NULL
    {{ lifecycle_changes('least(withdrawn_on, coalesce(in_effect_from, effective_on))', {'notices_pending': -1}) }}
    from notices

    union all

    {{ lifecycle_changes('in_effect_from', {'notices_in_effect': 1}) }}
    from notices
    where in_effect_until is null or in_effect_from < in_effect_until

    union all

    {{ lifecycle_changes('in_effect_until', {'notices_in_effect': -1}) }}
    from notices
    where in_effect_from < in_effect_until

    {%- for reason, column in {'low_score': 'low_scores', 'open_complaint': 'open_complaints'}.items() %}
    {%- for day, change in {'valid_from': 1, 'valid_to': -1}.items() %}

    union all

    {{ lifecycle_changes(day, {column: change}) }}
    from dissatisfactions
    where reason_code = '{{ reason }}'
    {%- endfor %}
    {%- endfor %}

    union all

    {{ lifecycle_changes('evaluated_on', {'trend_code': dated(
        'evaluated_on',
        "case when is_value_falling then 4 when value_direction = 'falling' then 3 when value_direction = 'level' then 2"
        " else 1 end"
    )}) }}
    from value_trends

),

days as (

    select
        customer_id,
        changed_on,
        sum(occasions) as occasions,
        sum(cycles) as cycles,
        max(cycle_occasion_number) as cycle_occasion_number,
        max(recovery_code) as recovery_code,
        max(silence_code) as silence_code,
        max(trend_code) as trend_code,
        sum(notices_pending) as notices_pending,
        sum(notices_in_effect) as notices_in_effect,
        sum(low_scores) as low_scores,
        sum(open_complaints) as open_complaints

    from changes

    where changed_on <= {{ as_of_date() }}

    group by customer_id, changed_on

),

standing as (

    select
        customer_id,
        changed_on,
        sum(occasions) over so_far as count_occasions,
        sum(cycles) over so_far as count_cycles,
        max(cycle_occasion_number) over so_far as cycle_occasion_number,
        {{ undated('max(recovery_code) over so_far') }} as recovery,
        {{ undated('max(silence_code) over so_far') }} as silence,
        {{ undated('max(trend_code) over so_far') }} as trend,
        sum(notices_pending) over so_far as notices_pending,
        sum(notices_in_effect) over so_far as notices_in_effect,
        sum(low_scores) over so_far as low_scores,
        sum(open_complaints) over so_far as open_complaints

    from days

    window so_far as (partition by customer_id order by changed_on rows between unbounded preceding and current row)

),

final as (

    select
        -- ids
        customer_id,
        changed_on,

        -- text
        {{ nth_of('silence', ['none', 'danger', 'termination', 'interruption']) }} as silence,
        {{ nth_of('trend', ['growing', 'growing', 'level', 'falling', 'falling']) }} as value_direction,

        -- numerics
        cast(greatest(count_cycles, 1) as integer) as cycle_number,
        cast(
            case when count_occasions = 0 then 0 else count_occasions - cycle_occasion_number + 1 end as integer
        ) as occasions_in_cycle,
        cast(notices_pending as integer) as notices_pending,
        cast(notices_in_effect as integer) as notices_in_effect,
        cast(low_scores as integer) as low_scores,
        cast(open_complaints as integer) as open_complaints,

        -- booleans
        recovery = 1 as is_recovery_day,
        trend > 0 as has_value_trend,
        {{ is_nth('trend', 4) }} as is_value_falling

    from standing

)

select * from final
