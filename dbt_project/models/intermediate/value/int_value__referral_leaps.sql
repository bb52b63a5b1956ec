{{ config(
    materialized='table', unlogged=true,
    post_hook=["create index on {{ this }} (leap_round, customer_id)", "{{ gather_statistics(this) }}"]
) }}

with referrals as (

    select * from {{ ref('int_value__referrals') }}

    where problem is null

),

{{ leaps('referrals') }},

final as (

    {{ all_leaps() }}

)

select * from final
