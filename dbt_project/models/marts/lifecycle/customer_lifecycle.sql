with spells as (

    select * from {{ ref('int_lifecycle__spells') }}

    where valid_to is null

),

rhythms as (

    select * from {{ ref('int_lifecycle__rhythms') }}

    where next_occasion_on is null

),

parameters as (

    select * from {{ ref('int_lifecycle__parameters') }}

),

present_trends as (

    select * from {{ ref('int_lifecycle__present_trends') }}

),

categories as (

    select * from {{ ref('int_lifecycle__categories') }}

),

notices as (

    select * from {{ ref('int_lifecycle__notices') }}

),

dissatisfactions as (

    select * from {{ ref('int_lifecycle__dissatisfactions') }}

    where
        valid_from <= {{ as_of_date() }}
        and (valid_to is null or valid_to > {{ as_of_date() }})

),

customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

told_moves as (

    select * from {{ ref('int_lifecycle__told_moves') }}

    where item_role = 'reason'

),

advocates as (

    select * from {{ ref('int_lifecycle__advocates') }}

),

customer_values as (

    select * from {{ ref('int_value__customers') }}

),

treatments as (

    select * from {{ ref('int_lifecycle__treatments') }}

),

-- of several the one in effect, then the one that was given last
ranked_notices as (

    select
        *,
        row_number() over (
            partition by customer_id
            order by case when in_effect_from <= {{ as_of_date() }} then 0 else 1 end, given_on desc, contact_id desc
        ) as place

    from notices

    where is_standing

),

-- why a customer leaves is told after the last order, or after the notice that stands; what was told before is about another time
ranked_reasons as (

    select
        told_moves.customer_id,
        told_moves.answer_code as reason,
        row_number() over (
            partition by told_moves.customer_id
            order by {{ latest_answer_first('told_moves.told_at') }}
        ) as place

    from told_moves

    inner join rhythms
        on told_moves.customer_id = rhythms.customer_id

    left join ranked_notices
        on
            told_moves.customer_id = ranked_notices.customer_id
            and ranked_notices.place = 1

    where
        told_moves.told_at >= rhythms.last_ordered_at
        or told_moves.told_on >= ranked_notices.given_on

),

low_scores as (

    select
        customer_id,
        min(score) as low_score,
        max(happened_on) as low_score_on

    from dissatisfactions

    where reason_code = 'low_score'

    group by customer_id

),

open_complaints as (

    select
        customer_id,
        min(happened_on) as complaint_open_since

    from dissatisfactions

    where reason_code = 'open_complaint'

    group by customer_id

),

joined as (

    select
        spells.customer_id,
        spells.stage,
        spells.previous_stage,
        spells.valid_from as stage_since,
        spells.cycle_number,
        spells.latest_reason_code as reason_code,
        treatments.strategy,
        treatments.treatment,
        treatments.relationship_phase,
        treatments.is_in_base,
        coalesce(rhythms.occasion_number, 0) as count_occasions,
        rhythms.occasion_on as last_occasion_on,
        rhythms.first_occasion_on,
        rhythms.expected_interval_days,
        cast({{ as_of_date() }} - rhythms.occasion_on as integer) as days_since_last_order,
        {{ ratio('(' ~ as_of_date() ~ ' - rhythms.occasion_on)', 'rhythms.expected_interval_days') }} as silence_ratio,
        ({{ as_of_date() }} - rhythms.occasion_on)
        > parameters.ended_limit * rhythms.expected_interval_days as is_silent_for_good,
        parameters.danger_limit,
        parameters.termination_limit,
        parameters.interruption_limit,
        present_trends.value_trend,
        coalesce(present_trends.later_orders < present_trends.earlier_orders, false) as has_fewer_orders,
        coalesce(categories.later_categories < categories.earlier_categories, false) as has_fewer_categories,
        ranked_notices.given_on as notice_given_on,
        ranked_notices.effective_on as notice_effective_on,
        low_scores.low_score,
        low_scores.low_score_on,
        open_complaints.complaint_open_since,
        coalesce(ranked_reasons.reason, ranked_notices.reason) as reason_of_leaving,
        coalesce(customers.is_target, false) as is_target,
        coalesce(customers.has_registered, false) as has_registered,
        coalesce(customers.is_member, false) as is_member,
        coalesce(advocates.has_referred or advocates.recommends, false) as is_advocate,
        coalesce(advocates.has_engaged, false) as has_engaged,
        coalesce(customer_values.profit > 0, false) as is_profitable

    from spells

    inner join treatments
        on spells.stage = treatments.stage

    cross join parameters

    left join rhythms
        on spells.customer_id = rhythms.customer_id

    left join present_trends
        on spells.customer_id = present_trends.customer_id

    left join categories
        on spells.customer_id = categories.customer_id

    left join ranked_notices
        on
            spells.customer_id = ranked_notices.customer_id
            and ranked_notices.place = 1

    left join low_scores
        on spells.customer_id = low_scores.customer_id

    left join open_complaints
        on spells.customer_id = open_complaints.customer_id

    left join customers
        on spells.customer_id = customers.customer_id

    left join ranked_reasons
        on
            spells.customer_id = ranked_reasons.customer_id
            and ranked_reasons.place = 1

    left join advocates
        on spells.customer_id = advocates.customer_id

    left join customer_values
        on spells.customer_id = customer_values.customer_id

),

final as (

    select
        -- ids
        customer_id,
        {{ as_of_date() }} as as_of_date,

        -- stage
        stage,
        stage_since,
        cast({{ as_of_date() }} - stage_since as integer) as days_in_stage,
        previous_stage,
        cycle_number,
        reason_code,
        {{ reason_in_words() }} as reason,

        -- evidence
        expected_interval_days,
        last_occasion_on,
        days_since_last_order,
        silence_ratio,
        case
            when stage = 'interruption' then interruption_limit
            when stage = 'termination' then termination_limit
            else danger_limit
        end as silence_limit,
        value_trend,
        has_fewer_orders,
        has_fewer_categories,
        notice_given_on,
        notice_effective_on,
        low_score,
        low_score_on,
        complaint_open_since,
        case when stage in ('interruption', 'termination') then reason_of_leaving end as reason_of_leaving,

        -- what follows
        {{ ladder_rung() }} as ladder_rung,
        relationship_phase,
        {{ customer_state() }} as customer_state,
        strategy,
        case
            when stage = 'danger' and reason_code in ('low_score', 'open_complaint')
                then 'dissatisfied_customer_management'
            else treatment
        end as treatment,
        case
            when stage != 'interruption' then null
            when is_silent_for_good or {{ is_final_reason('reason_of_leaving') }} then 'ended'
            else 'recoverable'
        end as recovery_prospect

    from joined

)

select * from final
