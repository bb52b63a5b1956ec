with responses as (

    select * from {{ ref('int_satisfaction__responses') }}

),

customer_value as (

    select * from {{ ref('int_satisfaction__customer_value') }}

),

invitations as (

    select
        responses.asked_period as period,
        responses.instrument,
        responses.customer_id,
        responses.is_returned,
        coalesce(customer_value.value, 0) as value

    from responses

    left join customer_value
        on
            responses.customer_id = customer_value.customer_id
            and responses.asked_period = customer_value.period

    where
        responses.is_invited
        and responses.respondent_role = 'customer'
        and responses.rated_company = 'own'

),

-- bands are the same for all questionnaires of a quarter
invited as (

    select
        period,
        customer_id,
        ntile({{ var('satisfaction_value_bands') }})
            over (partition by period order by value desc, customer_id asc)
            as band

    from invitations

    where
        customer_id is not null
        and value > 0

    group by period, customer_id, value

),

banded as (

    select
        invitations.*,
        case
            when invitations.customer_id is null then 'unknown'
            when invitations.value = 0 then 'none'
            else cast(invited.band as {{ dbt.type_string() }})
        end as value_band

    from invitations

    left join invited
        on
            invitations.period = invited.period
            and invitations.customer_id = invited.customer_id

),

counted as (

    select
        period,
        instrument,
        value_band,
        count(*) as invited,
        count(case when is_returned then 1 end) as returned,
        case when value_band != 'unknown' then sum(value) end as invited_value,
        case
            when value_band != 'unknown' then coalesce(sum(case when is_returned then value end), 0)
        end as returned_value,
        {{ is_period_complete('period', 'quarter') }} as is_complete

    from banded

    group by period, instrument, value_band

),

final as (

    select
        -- ids
        period,
        instrument,
        value_band,

        -- numerics
        invited,
        returned,
        case when is_complete then {{ ratio('returned', 'invited') }} end as response_rate,
        case when is_complete then {{ published(share_bound('returned', 'invited', '-')) }} end as response_rate_low,
        case when is_complete then {{ published(share_bound('returned', 'invited', '+')) }} end as response_rate_high,
        invited_value,
        returned_value,

        -- booleans
        is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from counted

)

select * from final
