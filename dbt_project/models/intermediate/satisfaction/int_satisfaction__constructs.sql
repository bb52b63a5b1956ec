{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with scores as (

    select * from {{ ref('int_satisfaction__scores') }}

),

final as (

    select
        -- ids
        customer_id,
        period,
        {{ construct_of('dimension') }} as construct,

        -- numerics
        {{ published('avg(score)') }} as score

    from scores

    where
        customer_id is not null
        and respondent_role = 'customer'
        and rated_company = 'own'
        and {{ construct_of('dimension') }} is not null

    group by
        customer_id,
        period,
        {{ construct_of('dimension') }}

)

select * from final
