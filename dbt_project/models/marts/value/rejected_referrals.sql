with referrals as (

    select * from {{ ref('int_value__referrals') }}

),

final as (

    select
        -- ids
        customer_id,
        referrer_id as referred_by_customer_id,

        -- text
        problem,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from referrals

    where problem is not null

)

select * from final
