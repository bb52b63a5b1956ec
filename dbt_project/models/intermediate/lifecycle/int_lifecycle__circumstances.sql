with customers as (

    select * from {{ ref('int_lifecycle__customers') }}

    where {{ of_retold() }}

),

rhythms as (

    select * from {{ ref('int_lifecycle__rhythms') }}

    where {{ of_retold_fetched() }}

),

notices as (

    select * from {{ ref('int_lifecycle__notices') }}

    where {{ of_retold() }}

),

dissatisfactions as (

    select * from {{ ref('int_lifecycle__dissatisfactions') }}

    where {{ of_retold() }}

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

-- an order on the day after a day of interruption begins a cycle
occasions as (

    select
        customer_id,
        occasion_on,
        next_occasion_on,
        danger_on,
        termination_on,
        interruption_on,
        occasion_number = 1 as is_first,
        coalesce(lag(is_interrupted) over by_occasion, false) as begins_cycle,
        coalesce(lag(occasion_number) over by_occasion = 1 or lag(is_interrupted, 2) over by_occasion, false)
            as follows_beginning,
        coalesce(lag(danger_on) over by_occasion < occasion_on, false) as ends_silence,
        trend_known_on > occasion_on and coalesce(lag(trend_known_on) over by_occasion < occasion_on, false)
            as forgets_trend

    from interrupted

    window by_occasion as (partition by customer_id order by occasion_on)

),

-- Most occasions of a regular buyer change nothing. What the others change, from each day on until something else does.
occasion_changes as (

    select changes.*

    from occasions

    cross join lateral (
        {{ lifecycle_changes('occasions.occasion_on', {
            'cycles': 'case when occasions.is_first or occasions.begins_cycle then 1 else 0 end',
            'place_code': dated(
                'occasions.occasion_on', 'case when occasions.is_first or occasions.begins_cycle then 1 else 2 end'
            ),
            'recovery_code': dated('occasions.occasion_on', 'case when occasions.begins_cycle then 1 else 0 end'),
            'silence_code': dated('occasions.occasion_on', 0),
            'trend_code': 'case when occasions.forgets_trend then ' ~ dated('occasions.occasion_on', 0) ~ ' else 0 end',
        }) }}
        where
            occasions.is_first
            or occasions.begins_cycle
            or occasions.follows_beginning
            or occasions.ends_silence
            or occasions.forgets_trend

        union all

        -- the morrow of a recovery
        {{ lifecycle_changes('occasions.occasion_on + 1', {
            'recovery_code': dated('(occasions.occasion_on + 1)', 0),
        }) }}
        where occasions.begins_cycle

        {%- for limit in ['danger', 'termination', 'interruption'] %}

        union all

        {{ lifecycle_changes('occasions.' ~ limit ~ '_on', {
            'silence_code': dated('occasions.' ~ limit ~ '_on', loop.index),
        }) }}
        where occasions.next_occasion_on is null or occasions.{{ limit }}_on < occasions.next_occasion_on
        {%- endfor %}
    ) as changes

),

trends as (

    select
        customer_id,
        evaluated_on,
        is_newly_known,
        case
            when is_value_falling then 4
            when value_direction = 'falling' then 3
            when value_direction = 'level' then 2
            else 1
        end as trend

    from value_trends

),

turns as (

    select
        *,
        is_newly_known
        or coalesce(trend != lag(trend) over (partition by customer_id order by evaluated_on), true) as is_turn

    from trends

),

-- Whatever changes on a day, or will, should nothing happen meanwhile: sums of what begins and ends, and the latest of what
-- stands until the next one.
changes as (

    select * from occasion_changes

    union all

    {{ lifecycle_changes('known_on') }}
    from customers

    union all

    {{ lifecycle_changes('evaluated_on', {'trend_code': dated('evaluated_on', 'trend')}) }}
    from turns
    where is_turn

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

),

days as (

    select
        customer_id,
        changed_on,
        sum(cycles) as cycles,
        max(place_code) as place_code,
        max(recovery_code) as recovery_code,
        max(silence_code) as silence_code,
        max(trend_code) as trend_code,
        sum(notices_pending) as notices_pending,
        sum(notices_in_effect) as notices_in_effect,
        sum(low_scores) as low_scores,
        sum(open_complaints) as open_complaints

    from changes

    where changed_on is not null

    group by customer_id, changed_on

),

standing as (

    select
        customer_id,
        changed_on,
        sum(cycles) over so_far as count_cycles,
        {{ undated('max(place_code) over so_far') }} as place_in_cycle,
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
        cast(place_in_cycle as integer) as occasions_in_cycle,
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
-- as they come: says so to the step that joins days into spells
order by customer_id, changed_on
