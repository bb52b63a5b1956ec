{{ config(materialized='table', post_hook="{{ gather_statistics(this) }}") }}

with rates as (

    select * from {{ ref('input_layer__exchange_rates') }}

),

spans as (

    select
        currency,
        rate as exchange_rate,
        rate_date as valid_from,
        lead(rate_date) over (
            partition by currency
            order by rate_date
        ) as valid_to

    from rates

    where {{ happened('rate_date') }}

),

days as (

    {{ period_series('(select min(rate_date) from rates)', as_of_date(), 'day') }}

),

final as (

    select
        spans.currency,
        days.period_start as rate_date,
        spans.exchange_rate

    from spans

    inner join days
        on
            spans.valid_from <= days.period_start
            and (spans.valid_to > days.period_start or spans.valid_to is null)

)

select * from final
