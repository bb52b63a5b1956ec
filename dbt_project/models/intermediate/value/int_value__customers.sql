{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

{%- set amounts = [
    'first_purchase_revenue', 'upsell_revenue', 'cross_sell_revenue', 'repeat_revenue', 'unassigned_refund_amount',
    'net_revenue', 'cost_of_goods', 'activity_cost', 'retention_cost', 'service_cost', 'cost_to_serve',
    'acquisition_cost'
] -%}

with relationships as (

    select * from {{ ref('int_value__relationships') }}

),

customer_months as (

    select * from {{ ref('int_value__customer_months') }}

),

totals as (

    select
        customer_id,
        {%- for amount in amounts %}
        sum({{ amount }}) as {{ amount }},
        {%- endfor %}
        min(month) as first_month

    from customer_months

    group by customer_id

),

valued as (

    select
        relationships.customer_id,
        relationships.channel,
        relationships.first_ordered_in,
        totals.first_month,
        {%- for amount in amounts %}
        coalesce(totals.{{ amount }}, 0) as {{ amount }},
        {%- endfor %}
        coalesce(totals.net_revenue - totals.cost_of_goods, 0) as gross_margin,
        coalesce(
            totals.net_revenue - totals.cost_of_goods - totals.cost_to_serve - totals.acquisition_cost, 0
        ) as profit

    from relationships

    left join totals
        on relationships.customer_id = totals.customer_id

),

ranked as (

    select
        *,
        row_number() over (order by profit desc, customer_id asc) as place,
        count(case when profit > 0 then 1 end) over () as count_profitable,
        -- prospects are in no decile
        case
            when first_ordered_in is not null
                then ntile(10) over (
                    partition by first_ordered_in is not null
                    order by profit desc, customer_id asc
                )
        end as profit_decile

    from valued

),

final as (

    select
        -- ids
        customer_id,

        -- text
        channel,
        {{ value_tier('profit', 'place', 'count_profitable') }} as profit_tier,

        -- numerics
        {%- for amount in amounts %}
        {{ amount }},
        {%- endfor %}
        gross_margin,
        profit,
        profit_decile,

        -- dates
        first_ordered_in,
        coalesce(first_ordered_in, first_month) as began_in

    from ranked

)

select * from final
