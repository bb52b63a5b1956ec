{%- set columns = ['month', 'customer_id'] -%}
{%- for driver in activity_drivers() %}{% do columns.extend([driver, driver ~ '_so_far']) %}{% endfor -%}

-- depends_on: {{ ref('int_changes__months') }}, {{ source('live_marts', 'customer_activity_drivers') }}

with drivers as (

    select * from {{ ref('int_value__drivers') }}

),

of_customers as (

    select {{ columns | join(', ') }}

    from drivers

    where customer_id is not null

),
{%- if not is_full_build() %}

-- months in which nothing changed, as the live release has them
taken_over as (

    select {{ columns | join(', ') }}

    from {{ source('live_marts', 'customer_activity_drivers') }}

    where month not in (select month from {{ ref('int_changes__months') }})

),
{%- endif %}

final as (

    select * from of_customers
    {%- if not is_full_build() %}

    union all

    select * from taken_over
    {%- endif %}

)

select * from final
