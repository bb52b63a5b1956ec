with customers as (

    select * from {{ ref('customer_profitability') }}

    where profit_decile is not null

),

deciles as (

    select
        profit_decile as decile,
        count(*) as customers,
        sum(profit) as profit

    from customers

    group by profit_decile

),

compared as (

    select
        *,
        sum(profit) over () as total_profit,
        sum(profit) over (order by decile) as profit_so_far,
        profit / customers as mean_profit,
        lead(profit / customers) over (order by decile) as next_mean_profit,
        last_value(profit / customers) over (
            order by decile
            rows between unbounded preceding and unbounded following
        ) as last_mean_profit

    from deciles

),

final as (

    select
        -- ids
        decile,

        -- numerics
        customers,
        profit,

        -- shares of a loss, and ratios to one, say nothing
        case when total_profit > 0 then {{ ratio('profit', 'total_profit') }} end as profit_share,
        case when total_profit > 0 then {{ ratio('profit_so_far', 'total_profit') }} end as cumulative_profit_share,
        case when next_mean_profit > 0 then {{ ratio('mean_profit', 'next_mean_profit') }} end as ratio_to_next_decile,
        case when last_mean_profit > 0 then {{ ratio('mean_profit', 'last_mean_profit') }} end as ratio_to_last_decile,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from compared

)

select * from final
