{{ config(
    unique_key=['contact_id'],
    meta={'touched_by': ['customer_id'], 'indexed': ['customer_id', 'contacted_on']}
) }}

-- depends_on: {{ ref('int_changes__customers') }}

with contacts as (

    select * from {{ ref('input_layer__contacts') }}

),

final as (

    select
        -- ids
        contact_id,
        source,
        customer_id,
        campaign_id,

        -- text
        direction,
        kind,
        channel,
        touchpoint,
        reason,
        -- how it ended is not known before it ended
        case when resolved_at is null or {{ happened('resolved_at') }} then outcome end as outcome,

        -- timestamps
        contacted_at,
        cast(contacted_at as date) as contacted_on,
        {{ if_happened('first_response_at') }} as first_response_at,
        {{ if_happened('resolved_at') }} as resolved_at,
        effective_at,

        -- releases
        {{ release_columns() }}

    from contacts

    where
        {{ happened('contacted_at') }}
        and {{ is_touched_or_nobodys('customer_id') }}

)

select * from final
