with delivered as (

    {{ union_sources('customers') }}

),

orders as (

    select * from {{ ref('input_layer__orders') }}

),

refunds as (

    select * from {{ ref('input_layer__refunds') }}

),

contacts as (

    select * from {{ ref('input_layer__contacts') }}

),

customer_costs as (

    select * from {{ ref('input_layer__customer_costs') }}

),

opportunities as (

    select * from {{ ref('input_layer__opportunities') }}

),

campaign_members as (

    select * from {{ ref('input_layer__campaign_members') }}

),

campaigns as (

    select * from {{ ref('input_layer__campaigns') }}

),

survey_responses as (

    select * from {{ ref('input_layer__survey_responses') }}

),

mentions as (

    select customer_id, source, registered_at as mentioned_at from delivered
    union all
    select customer_id, source, ordered_at from orders
    union all
    select customer_id, source, refunded_at from refunds
    union all
    select customer_id, source, contacted_at from contacts
    union all
    select customer_id, source, cast(incurred_on as timestamp) as mentioned_at from customer_costs
    union all
    select customer_id, source, opened_at from opportunities
    union all
    select customer_id, source, coalesce(invited_at, submitted_at) as mentioned_at from survey_responses
    union all
    select
        campaign_members.customer_id,
        campaign_members.source,
        cast(campaigns.starts_on as timestamp) as mentioned_at
    from campaign_members
    left join campaigns
        on campaign_members.campaign_id = campaigns.campaign_id

),

known as (

    select
        customer_id,
        min(source) as source,
        min(mentioned_at) as known_since

    from mentions

    where customer_id is not null

    group by customer_id

),

final as (

    select
        -- ids
        known.customer_id,
        coalesce(delivered.source, known.source) as source,

        -- timestamps
        known.known_since,
        delivered.registered_at,

        -- what the firm knows
        delivered.customer_kind,
        delivered.influences_customer_id,
        delivered.segment,
        delivered.industry,
        delivered.region,
        delivered.acquisition_channel,
        delivered.referred_by_customer_id,
        delivered.member_since,

        -- booleans
        delivered.is_target,
        delivered.is_key_account,

        -- people
        delivered.account_manager_id

    from known

    left join delivered
        on known.customer_id = delivered.customer_id

)

select * from final
