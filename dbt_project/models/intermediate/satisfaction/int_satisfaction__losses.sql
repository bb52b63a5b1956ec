{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with notices as (

    select * from {{ ref('int_lifecycle__notices') }}

),

survey_answers as (

    {{ fact('survey_answers') }}

),

responses as (

    select * from {{ ref('int_satisfaction__responses') }}

),

customer_value as (

    select * from {{ ref('int_satisfaction__customer_value') }}

),

-- a notice counts once it has taken effect; one that was withdrawn never does, nor one that finds nothing to interrupt
told as (

    select
        customer_id,
        in_effect_from as told_on,
        cast(given_on as timestamp) as told_at,
        -- a notice stands beside answers, in one order with them
        contact_id as response_id,
        null as item_code,
        reason,
        false as is_surveyed

    from notices

    where in_effect_from <= {{ as_of_date() }}

    union all

    select
        responses.customer_id,
        responses.submitted_on as told_on,
        responses.submitted_at as told_at,
        responses.response_id,
        survey_answers.item_code,
        survey_answers.answer_code as reason,
        true as is_surveyed

    from survey_answers

    inner join responses
        on survey_answers.response_id = responses.response_id

    where
        survey_answers.instrument = '{{ var("satisfaction_exit_instrument") }}'
        and survey_answers.item_role = 'reason'
        and responses.is_counted
        and responses.customer_id is not null

),

-- who gives notice and is asked why has left once
gaps as (

    select
        *,
        case
            when
                told_on - lag(told_on) over (partition by customer_id order by told_on, is_surveyed)
                <= {{ var('satisfaction_return_window_days') }}
                then 0
            else 1
        end as is_new

    from told

),

numbered as (

    select
        *,
        sum(is_new) over (
            partition by customer_id
            order by told_on, is_surveyed
            rows between unbounded preceding and current row
        ) as loss_number

    from gaps

),

-- what is said when asked weighs more than what the notice says, and the last word more than the first
losses as (

    select
        customer_id,
        loss_number,
        min(told_on) as lost_on,
        (
            array_agg(reason order by is_surveyed desc, told_on desc, {{ latest_answer_first('told_at') }})
            filter (where reason is not null)
        )[1] as reason

    from numbered

    group by customer_id, loss_number

),

final as (

    select
        -- ids
        losses.customer_id,
        losses.loss_number,

        -- text
        coalesce(losses.reason, 'unknown') as reason,

        -- numerics
        coalesce(customer_value.value, 0) as value,

        -- timestamps
        losses.lost_on,
        {{ period_start('losses.lost_on', 'quarter') }} as period

    from losses

    left join customer_value
        on
            losses.customer_id = customer_value.customer_id
            and {{ period_start('losses.lost_on', 'quarter') }} = customer_value.period

)

select * from final
