with lines as (

    select * from {{ ref('stg_online_retail__lines') }}

),

countries as (

    select
        customer_id,
        country,
        min(invoiced_at) as first_invoiced_at

    from lines

    where customer_id is not null

    group by customer_id, country

),

ranked as (

    select
        customer_id,
        country,
        row_number() over (
            partition by customer_id
            order by first_invoiced_at, country
        ) as country_rank

    from countries

),

final as (

    select
        customer_id,
        country as region

    from ranked

    where country_rank = 1

)

select * from final
