{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with customers as (

    select * from {{ ref('input_layer__customers') }}

    where {{ is_known('known_since') }}

),

final as (

    select
        -- ids
        customer_id,

        -- text
        segment,
        acquisition_channel,

        -- booleans
        coalesce(is_target, false) as is_target,
        coalesce(registered_at is not null and {{ happened('registered_at') }}, false) as has_registered,
        coalesce(member_since is not null and {{ happened('member_since') }}, false) as is_member,

        -- timestamps
        -- whom no source dates has been there from the beginning
        cast(
            coalesce(known_since, min(known_since) over (), cast({{ as_of_date() }} as timestamp)) as date
        ) as known_on

    from customers

)

select * from final
