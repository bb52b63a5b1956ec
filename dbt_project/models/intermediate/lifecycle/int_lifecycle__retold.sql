{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

{% if not takes_spells_over() %}
-- everybody's stages are told anew
-- depends_on: {{ ref('int_changes__customers') }}, {{ ref('int_lifecycle__customers') }}, {{ ref('int_lifecycle__parameters') }}
select cast(null as {{ dbt.type_string() }}) as customer_id
where false
{% else %}
with touched as (

    select * from {{ ref('int_changes__customers') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

-- the first spell begins on the day on which the customer became known
first_spells as (

    select
        customer_id,
        valid_from

    from {{ source('kept', 'int_lifecycle__foreseen_spells') }}

    where previous_stage is null

),

-- known from another day on, known now, or not any more; whom no source dates depends on the others
known_otherwise as (

    select coalesce(customers.customer_id, first_spells.customer_id) as customer_id

    from customers

    full outer join first_spells
        on
            customers.customer_id = first_spells.customer_id
            and customers.known_on = first_spells.valid_from

    where
        customers.customer_id is null
        or first_spells.customer_id is null

),

final as (

    select customer_id from touched
    union
    select customer_id from known_otherwise

)

select * from final
{% endif %}
