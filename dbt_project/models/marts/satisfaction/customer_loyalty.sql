with customers as (

    select * from {{ ref('customers') }}

),

opinions as (

    select * from {{ ref('int_satisfaction__opinions') }}

),

final as (

    select
        -- ids
        customers.customer_id,

        -- numerics
        customers.count_occasions,
        {{ ratio('customers.count_occasions - 1', 'customers.count_occasions') }} as repeat_share,
        opinions.wallet_share,
        opinions.attitude_score,
        opinions.disconfirmation,
        opinions.perceived_value,
        opinions.equity_distributive,
        opinions.equity_procedural,
        opinions.equity_interactional,

        -- text
        case
            when opinions.attitude_score >= {{ var('satisfaction_loyal_attitude') }}
                then case when {{ is_repeat_patron() }} then 'true' else 'latent' end
            when opinions.attitude_score is not null
                then case when {{ is_repeat_patron() }} then 'spurious' else 'none' end
        end as loyalty_class,
        opinions.loyalty_source,
        case
            when opinions.perceived_value > 1 + {{ var('satisfaction_value_tolerance') }} then 'delighted'
            when opinions.perceived_value >= 1 - {{ var('satisfaction_value_tolerance') }} then 'content'
            when opinions.perceived_value is not null then 'dissatisfied'
        end as value_verdict,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from customers

    left join opinions
        on customers.customer_id = opinions.customer_id

    where
        customers.count_orders > 0
        or opinions.customer_id is not null

)

select * from final
