{{ config(
    materialized='incremental', incremental_strategy='kept', schema='kept', unlogged=true,
    meta={'follows_limits': true, 'touched': 'int_lifecycle__retold'},
    pre_hook="{{ by_large_sort() }}",
    post_hook="{{ gather_statistics(this) }}"
) }}

{%- if not execute %} -- depends_on: {{ ref('int_lifecycle__retold') }} {%- endif %}
with stages as (

    select * from {{ ref('int_lifecycle__stages') }}

),

parameters as (

    select * from {{ ref('int_lifecycle__parameters') }}

),

compared as (

    select
        *,
        lag(stage) over by_day as stage_before,
        coalesce(stage != lag(stage) over by_day, true) as is_beginning,
        lag(reason_code) over by_day as reason_before

    from stages

    window by_day as (partition by customer_id order by changed_on)

),

-- where a stage begins, or is the case for another reason
turns as (

    select
        *,
        count(case when is_beginning then 1 end) over by_day as spell_number

    from compared

    where
        is_beginning
        or reason_code is distinct from reason_before

    window by_day as (partition by customer_id order by changed_on rows between unbounded preceding and current row)

),

spells as (

    select
        customer_id,
        spell_number,
        min(changed_on) as valid_from,
        min(stage) as stage,
        min(stage_before) filter (where is_beginning) as previous_stage,
        min(cycle_number) filter (where is_beginning) as cycle_number,
        min(reason_code) filter (where is_beginning) as reason_code,
        array_agg(reason_code order by changed_on) filter (where not is_beginning) as later_reason_codes,
        array_agg(changed_on order by changed_on) filter (where not is_beginning) as later_reason_days

    from turns

    group by customer_id, spell_number

),

final as (

    select
        -- ids
        spells.customer_id,
        parameters.limits_code,

        -- text
        spells.stage,
        spells.previous_stage,
        spells.reason_code,
        spells.later_reason_codes,

        -- numerics
        spells.cycle_number,

        -- timestamps
        spells.valid_from,
        lead(spells.valid_from) over by_spell as valid_to,
        spells.later_reason_days

    from spells

    cross join parameters

    window by_spell as (partition by spells.customer_id order by spells.spell_number)

)

select * from final
