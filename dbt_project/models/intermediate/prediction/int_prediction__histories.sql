{{ config(materialized='table', post_hook="{{ gather_statistics(this) }}") }}

{%- set until = {'calibration_': 'calibration_end', '': 'as_of_date'} -%}
{%- set signals = ['low_score', 'open_complaint', 'notice'] %}

with terms as (

    select * from {{ ref('int_prediction__terms') }}

),

occasions as (

    select * from {{ ref('int_lifecycle__occasions') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

dissatisfactions as (

    select * from {{ ref('int_lifecycle__dissatisfactions') }}

),

notices as (

    select * from {{ ref('int_lifecycle__notices') }}

),

placed as (

    select
        occasions.*,
        terms.calibration_end,
        terms.as_of_date,
        occasions.occasion_on <= terms.calibration_end as is_calibration,
        occasions.revenue > 0 and occasions.occasion_number > 1 as is_valued

    from occasions

    cross join terms

),

summed as (

    select
        customer_id,
        first_occasion_on,
        calibration_end,
        as_of_date,
        count(*) as occasions,
        count(*) filter (where is_calibration) as calibration_occasions,
        max(occasion_on) as last_occasion_on,
        max(occasion_on) filter (where is_calibration) as calibration_last_occasion_on,
        min(occasion_on) filter (where not is_calibration) as next_occasion_on,
        count(*) filter (where is_valued) as valued_orders,
        count(*) filter (where is_valued and is_calibration) as calibration_valued_orders,
        avg(revenue) filter (where is_valued) as mean_value,
        avg(revenue) filter (where is_valued and is_calibration) as calibration_mean_value

    from placed

    group by customer_id, first_occasion_on, calibration_end, as_of_date

),

signals as (

    {%- for prefix, day in until.items() %}
    select
        dissatisfactions.customer_id,
        dissatisfactions.reason_code as signal,
        '{{ prefix }}' as period

    from dissatisfactions

    inner join terms
        on
            dissatisfactions.valid_from <= terms.{{ day }}
            and (dissatisfactions.valid_to is null or dissatisfactions.valid_to > terms.{{ day }})

    union all

    select
        notices.customer_id,
        'notice' as signal,
        '{{ prefix }}' as period

    from notices

    inner join terms
        on {{ notice_stands_on('terms.' ~ day) }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

),

signalled as (

    select
        {%- for prefix in until %}
        {%- for signal in signals %}
        bool_or(period = '{{ prefix }}' and signal = '{{ signal }}') as {{ prefix }}has_{{ signal }},
        {%- endfor %}
        {%- endfor %}
        customer_id

    from signals

    group by customer_id

),

final as (

    select
        -- ids
        summed.customer_id,

        -- text
        customers.segment,

        -- numerics: of the calibration period, of the holdout, of the whole history
        cast(nullif(summed.calibration_occasions, 0) - 1 as integer) as calibration_frequency,
        summed.calibration_last_occasion_on - summed.first_occasion_on as calibration_recency_days,
        case
            when summed.calibration_occasions > 0 then summed.calibration_end - summed.first_occasion_on
        end as calibration_age_days,
        cast(summed.calibration_valued_orders as integer) as calibration_valued_orders,
        cast(summed.calibration_mean_value as double precision) as calibration_mean_value,
        cast(summed.occasions - summed.calibration_occasions as integer) as holdout_orders,
        summed.next_occasion_on - summed.calibration_end as holdout_wait_days,
        cast(summed.occasions - 1 as integer) as frequency,
        summed.last_occasion_on - summed.first_occasion_on as recency_days,
        summed.as_of_date - summed.first_occasion_on as age_days,
        cast(summed.valued_orders as integer) as valued_orders,
        cast(summed.mean_value as double precision) as mean_value,

        -- booleans
        coalesce(signalled.calibration_has_low_score, false) as calibration_has_low_score,
        coalesce(signalled.calibration_has_open_complaint, false) as calibration_has_open_complaint,
        coalesce(signalled.calibration_has_notice, false) as calibration_has_notice,
        coalesce(signalled.has_low_score, false) as has_low_score,
        coalesce(signalled.has_open_complaint, false) as has_open_complaint,
        coalesce(signalled.has_notice, false) as has_notice

    from summed

    left join customers
        on summed.customer_id = customers.customer_id

    left join signalled
        on summed.customer_id = signalled.customer_id

)

select * from final
