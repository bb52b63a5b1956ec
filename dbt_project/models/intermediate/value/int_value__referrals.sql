{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with relationships as (

    select * from {{ ref('int_value__relationships') }}

),

named as (

    select
        relationships.customer_id,
        relationships.referred_by_customer_id as referrer_id,
        case
            when relationships.referred_by_customer_id = relationships.customer_id then 'self_referral'
            when referrers.customer_id is null then 'unknown_referrer'
        end as problem

    from relationships

    left join relationships as referrers
        on relationships.referred_by_customer_id = referrers.customer_id

    where relationships.referred_by_customer_id is not null

),

edges as (

    select
        customer_id,
        referrer_id

    from named

    where problem is null

),

{{ leaps('edges') }},

-- after more steps than any chain is long, only those arrive who walk in a circle, and they arrive at all of the circle
cycles as (

    select distinct ancestor_id as customer_id

    from leap_{{ all_leap_rounds() }}

),

final as (

    select
        -- ids
        named.customer_id,
        named.referrer_id,

        -- text
        case when cycles.customer_id is not null then 'cycle' else named.problem end as problem

    from named

    left join cycles
        on named.customer_id = cycles.customer_id

)

select * from final
