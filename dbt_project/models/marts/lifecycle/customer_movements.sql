with spells as (

    select
        customer_id,
        stage,
        previous_stage,
        valid_from,
        valid_to,
        {{ period_start('valid_from', 'month') }} as month

    from {{ ref('customer_lifecycle_history') }}

),

flows as (

    select * from {{ ref('lifecycle_flows') }}

),

stages as (

    select * from {{ ref('int_lifecycle__treatments') }}

),

referrals as (

    select * from {{ ref('int_value__referrals') }}

    where problem is null

),

told_moves as (

    select * from {{ ref('int_lifecycle__told_moves') }}

),

moves as (

    select
        spells.customer_id,
        spells.month,
        spells.valid_from,
        spells.valid_to,
        stages.is_in_base and (spells.previous_stage is null or spells.previous_stage = 'prospecting') as is_new,
        -- back to recovery from danger or termination is no return
        spells.previous_stage = 'interruption' as is_recovered,
        spells.stage = 'interruption' as is_lost

    from spells

    inner join stages
        on spells.stage = stages.stage

    where
        spells.stage = 'interruption'
        or spells.previous_stage = 'interruption'
        or (stages.is_in_base and (spells.previous_stage is null or spells.previous_stage = 'prospecting'))

),

departures as (

    select
        customer_id,
        valid_from,
        valid_to,
        lag(valid_to) over (partition by customer_id order by valid_from) as returned_on

    from moves

    where is_lost

),

-- What is said of a departure belongs to the one that it follows or foretells: said since the return from the one before, and
-- before the return from this one. Of several answers the last.
destinations as (

    select
        departures.customer_id,
        departures.valid_from,
        told_moves.answer_code as destination,
        row_number() over (
            partition by departures.customer_id, departures.valid_from
            order by {{ latest_answer_first('told_moves.told_at') }}
        ) as place

    from departures

    inner join told_moves
        on
            departures.customer_id = told_moves.customer_id
            and told_moves.item_role = 'destination'
            and (departures.returned_on is null or departures.returned_on <= told_moves.told_on)
            and (departures.valid_to is null or departures.valid_to > told_moves.told_on)

),

origins as (

    select
        customer_id,
        answer_code as origin,
        row_number() over (partition by customer_id order by {{ latest_answer_first('told_at') }}) as place

    from told_moves

    where item_role = 'origin'

),

told as (

    select
        moves.month,
        moves.is_new,
        moves.is_recovered,
        moves.is_lost,
        moves.is_new and referrals.customer_id is not null as is_referred,
        case when moves.is_new then origins.origin end as origin,
        case when moves.is_lost then destinations.destination end as destination

    from moves

    left join referrals
        on moves.customer_id = referrals.customer_id

    left join origins
        on
            moves.customer_id = origins.customer_id
            and origins.place = 1

    left join destinations
        on
            moves.customer_id = destinations.customer_id
            and moves.valid_from = destinations.valid_from
            and destinations.place = 1

),

counts as (

    select
        month,
        count(case when is_new then 1 end) as new_customers,
        count(case when is_recovered then 1 end) as recovered_customers,
        count(case when is_lost then 1 end) as lost_customers,
        count(case when is_referred then 1 end) as referred_new_customers,
        count(case when destination = 'left_category' then 1 end) as left_category,
        count(case when destination = 'competitor' then 1 end) as lost_to_competitor,
        count(case when origin = 'new_to_category' then 1 end) as new_to_category,
        count(case when origin = 'competitor' then 1 end) as won_from_competitor

    from told

    group by month

),

based as (

    select
        flows.month,
        sum(case when coalesce(opening.is_in_base, false) then flows.customers else 0 end) as opening_customers,
        sum(case when closing.is_in_base then flows.customers else 0 end) as closing_customers,
        sum(case when coalesce(opening.is_in_base, false) and closing.is_in_base then flows.customers else 0 end)
            as kept_customers

    from flows

    left join stages as opening
        on flows.opening_stage = opening.stage

    inner join stages as closing
        on flows.closing_stage = closing.stage

    group by flows.month

),

final as (

    select
        -- ids
        based.month,

        -- numerics
        cast(based.opening_customers as bigint) as opening_customers,
        coalesce(counts.new_customers, 0) as new_customers,
        coalesce(counts.recovered_customers, 0) as recovered_customers,
        coalesce(counts.lost_customers, 0) as lost_customers,
        cast(based.closing_customers as bigint) as closing_customers,
        cast(based.kept_customers as bigint) as kept_customers,
        coalesce(counts.referred_new_customers, 0) as referred_new_customers,
        coalesce(counts.left_category, 0) as left_category,
        coalesce(counts.lost_to_competitor, 0) as lost_to_competitor,
        coalesce(counts.new_to_category, 0) as new_to_category,
        coalesce(counts.won_from_competitor, 0) as won_from_competitor,

        -- rates
        {%- for rate, part in {
            'acquisition_rate': 'coalesce(counts.new_customers, 0)',
            'retention_rate': 'based.kept_customers',
            'churn_rate': 'based.opening_customers - based.kept_customers',
        }.items() %}
        case
            when {{ is_period_complete('based.month', 'month') }} then {{ ratio(part, 'based.opening_customers') }}
        end as {{ rate }},
        {%- endfor %}

        -- booleans
        {{ is_period_complete('based.month', 'month') }} as is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from based

    left join counts
        on based.month = counts.month

)

select * from final
