{%- set names = var('satisfaction_bands') %}

with overall as (

    select * from {{ ref('int_satisfaction__overall') }}

),

customer_value as (

    select * from {{ ref('int_satisfaction__customer_value') }}

),

orders as (

    {{ fact('orders') }}

),

bands as (

    select
        band_number,
        satisfaction_band

    from (
        values
        {%- for name in names %}
        ({{ loop.index }}, '{{ name }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed (band_number, satisfaction_band)

),

-- the year that ends with the last quarter that is over
answered as (

    select
        customer_id,
        avg(satisfaction) as satisfaction,
        min(submitted_on) as first_submitted_on

    from overall

    where
        satisfaction is not null
        and period > {{ later_period(last_complete_quarter(), -4, 'quarter') }}
        and period <= {{ last_complete_quarter() }}

    group by customer_id

),

measured as (

    select
        -- bands of equal width; the last one includes its end. Rounded, as a third of the scale comes as 33.3333333333
        least(
            cast(floor(round(answered.satisfaction * {{ names | length }} / 100, 6)) as integer) + 1,
            {{ names | length }}
        ) as band_number,
        coalesce(customer_value.net_revenue, 0) as revenue,
        coalesce(customer_value.profit, 0) as profit,
        case
            when answered.first_submitted_on + {{ var('satisfaction_return_window_days') }} <= {{ as_of_date() }}
                then cast({{ ordered_again('answered.customer_id', 'answered.first_submitted_on') }} as integer)
        end as has_ordered_again

    from answered

    left join customer_value
        on
            answered.customer_id = customer_value.customer_id
            and customer_value.period = {{ last_complete_quarter() }}

),

counted as (

    select
        band_number,
        count(*) as customers,
        avg(revenue) as average_revenue,
        avg(profit) as average_profit,
        var_samp(profit) / count(*) as profit_variance,
        count(has_ordered_again) as repurchase_customers,
        avg(has_ordered_again) as repurchase_rate

    from measured

    group by band_number

),

everybody as (

    select
        avg(revenue) as average_revenue,
        avg(profit) as average_profit,
        avg(has_ordered_again) as repurchase_rate

    from measured

),

final as (

    select
        -- ids
        bands.satisfaction_band,

        -- numerics
        bands.band_number,
        coalesce(counted.customers, 0) as customers,
        {{ if_enough(published('counted.average_revenue'), 'counted.customers') }} as average_revenue,
        {{ with_interval('average_profit', 'counted.average_profit', 'counted.profit_variance', 'counted.customers') }},
        {{ if_enough(published('counted.repurchase_rate'), 'counted.repurchase_customers') }} as repurchase_rate,
        -- of a loss there is no multiple
        {%- for measure in ['revenue', 'profit'] %}
        case
            when everybody.average_{{ measure }} > 0
                then {{ if_enough(
                    ratio('counted.average_' ~ measure, 'everybody.average_' ~ measure), 'counted.customers'
                ) }}
        end as {{ measure }}_multiple,
        {%- endfor %}
        {{ if_enough(ratio('counted.repurchase_rate', 'everybody.repurchase_rate'), 'counted.repurchase_customers') }}
            as repurchase_multiple,

        -- timestamps
        {{ last_complete_quarter() }} as last_period,
        {{ as_of_date() }} as as_of_date

    from bands

    cross join everybody

    left join counted
        on bands.band_number = counted.band_number

)

select * from final
