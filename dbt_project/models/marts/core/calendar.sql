with events as (

    select min(ordered_on) as first_on from ({{ fact('orders') }}) as orders
    union all
    select min(refunded_on) from ({{ fact('refunds') }}) as refunds
    union all
    select min(contacted_on) from ({{ fact('contacts') }}) as contacts
    union all
    select min(submitted_on) from ({{ fact('survey_answers') }}) as survey_answers

),

bounds as (

    select {{ period_start('coalesce(min(first_on), ' ~ as_of_date() ~ ')', 'month') }} as first_day
    from events

),

days as (

    {{ period_series('(select first_day from bounds)', as_of_date(), 'day') }}

),

started as (

    select
        period_start as day,
        {{ period_start('period_start', 'week') }} as week,
        {{ period_start('period_start', 'month') }} as month,
        {{ period_start('period_start', 'quarter') }} as quarter,
        {{ period_start('period_start', 'year') }} as year

    from days

),

final as (

    select
        -- days
        day,
        week,
        month,
        quarter,
        year,
        {{ as_of_date() }} as as_of_date,

        -- numerics
        {{ periods_between('week', 'day', 'day') }} + 1 as day_of_week,
        cast({{ as_of_date() }} - day as integer) as days_ago,

        -- booleans
        {{ later_period('month', 1, 'month') }} = {{ later_period('day', 1, 'day') }} as is_month_end,
        {{ is_period_complete('week', 'week') }} as is_week_complete,
        {{ is_period_complete('month', 'month') }} as is_month_complete,
        {{ is_period_complete('quarter', 'quarter') }} as is_quarter_complete,
        {{ is_period_complete('year', 'year') }} as is_year_complete

    from started

)

select * from final
