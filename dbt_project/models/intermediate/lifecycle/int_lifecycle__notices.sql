{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with contacts as (

    {{ fact('contacts') }}

),

rhythms as (

    select * from {{ ref('int_lifecycle__rhythms') }}

),

notices as (

    select
        contact_id,
        customer_id,
        reason,
        contacted_at,
        -- GREATEST would pass over NULL
        case when effective_at < contacted_at then contacted_at else effective_at end as effective_at

    from contacts

    where
        kind = 'termination_notice'
        and customer_id is not null

),

withdrawals as (

    select
        customer_id,
        contacted_at

    from contacts

    where
        kind = 'withdrawal'
        and customer_id is not null

),

-- what has taken effect is not withdrawn any more
withdrawn as (

    select
        notices.contact_id,
        min(withdrawals.contacted_at) as withdrawn_at

    from notices

    inner join withdrawals
        on
            notices.customer_id = withdrawals.customer_id
            and notices.contacted_at <= withdrawals.contacted_at
            and (notices.effective_at is null or notices.effective_at > withdrawals.contacted_at)

    group by notices.contact_id

),

lasting as (

    select
        notices.*,
        cast(notices.contacted_at as date) as given_on,
        cast(withdrawn.withdrawn_at as date) as withdrawn_on,
        case when withdrawn.withdrawn_at is null then cast(notices.effective_at as date) end as effective_on

    from notices

    left join withdrawn
        on notices.contact_id = withdrawn.contact_id

),

dated as (

    select
        -- ids
        lasting.contact_id,
        lasting.customer_id,

        -- text
        lasting.reason,

        -- timestamps
        lasting.given_on,
        lasting.withdrawn_on,
        lasting.effective_on,
        -- an order at or after the moment ends the effect before it shows; after one earlier that day it shows on the morrow
        case
            when rhythms.occasion_on < lasting.effective_on then lasting.effective_on
            when rhythms.last_ordered_at < lasting.effective_at then lasting.effective_on + 1
        end as in_effect_from,
        rhythms.next_occasion_on as in_effect_until,
        rhythms.occasion_on as last_occasion_on

    from lasting

    left join rhythms
        on
            lasting.customer_id = rhythms.customer_id
            and lasting.effective_on >= rhythms.occasion_on
            and (rhythms.next_occasion_on is null or lasting.effective_on < rhythms.next_occasion_on)

),

final as (

    select
        *,
        {{ notice_stands_on(as_of_date()) }} as is_standing

    from dated

)

select * from final
