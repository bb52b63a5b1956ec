with overall as (

    select * from {{ ref('int_satisfaction__overall') }}

),

customer_quarters as (

    select * from {{ ref('int_satisfaction__customer_quarters') }}

),

lags as (

    {%- for lag in var('satisfaction_profit_lags') %}
    select {{ lag }} as lag_quarters
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

answered as (

    select
        customer_id,
        period,
        avg(satisfaction) as satisfaction

    from overall

    where satisfaction is not null

    group by customer_id, period

),

-- a customer without a row neither brought nor cost anything in the later quarter
pairs as (

    select
        lags.lag_quarters,
        answered.customer_id,
        answered.satisfaction,
        coalesce(customer_quarters.profit, 0) as profit

    from answered

    cross join lags

    left join customer_quarters
        on
            answered.customer_id = customer_quarters.customer_id
            and customer_quarters.period = {{ later_period('answered.period', 'lags.lag_quarters', 'quarter') }}

    where {{ later_period('answered.period', 'lags.lag_quarters', 'quarter') }} <= {{ last_complete_quarter() }}

),

sums as (

    select
        lag_quarters,
        count(*) as answers,
        count(distinct customer_id) as customers,
        sum(satisfaction) as sum_s,
        sum(profit) as sum_p,
        sum(satisfaction * satisfaction) as sum_ss,
        sum(profit * profit) as sum_pp,
        sum(satisfaction * profit) as sum_sp

    from pairs

    group by lag_quarters

),

-- from exact sums: the aggregate of the server adds in floating point, and in any order
correlated as (

    select
        *,
        (answers * sum_sp - sum_s * sum_p)
        / nullif(sqrt((answers * sum_ss - sum_s * sum_s) * (answers * sum_pp - sum_p * sum_p)), 0) as correlation,
        -- a customer who answers every quarter tells less than many do: Fisher's interval counts customers
        {{ var('satisfaction_interval_quantile') }}
        / sqrt(cast(nullif(greatest(customers - 3, 0), 0) as numeric)) as half

    from sums

),

transformed as (

    select
        *,
        case
            when abs(correlation) < 1 then ln((1 + correlation) / (1 - correlation)) / 2
        end as fisher_z

    from correlated

),

bounded as (

    select
        *,
        {{ hyperbolic_tangent('fisher_z - half') }} as correlation_low,
        {{ hyperbolic_tangent('fisher_z + half') }} as correlation_high

    from transformed

),

final as (

    select
        -- ids
        lags.lag_quarters,

        -- numerics
        coalesce(bounded.customers, 0) as customers,
        coalesce(bounded.answers, 0) as answers,
        {{ if_enough(published('bounded.correlation'), 'bounded.customers') }} as correlation,
        {{ if_enough(published('bounded.correlation_low'), 'bounded.customers') }} as correlation_low,
        {{ if_enough(published('bounded.correlation_high'), 'bounded.customers') }} as correlation_high,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from lags

    left join bounded
        on lags.lag_quarters = bounded.lag_quarters

)

select * from final
