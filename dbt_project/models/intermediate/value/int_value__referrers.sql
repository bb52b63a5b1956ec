{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with referrals as (

    select * from {{ ref('int_value__referrals') }}

    where problem is null

),

referred as (

    select
        customer_id,
        1 as referrals

    from referrals

),

direct as (

    select
        referrer_id as customer_id,
        count(*) as direct_referrals

    from referrals

    group by referrer_id

),

network as (

    {{ brought_by_network('referred', by=[], sums=['referrals'], with_depth=true) }}

),

final as (

    select
        -- ids
        direct.customer_id,

        -- numerics
        direct.direct_referrals,
        cast(network.referrals as bigint) as network_referrals,
        cast(network.depth as integer) as depth

    from direct

    inner join network
        on direct.customer_id = network.customer_id

)

select * from final
