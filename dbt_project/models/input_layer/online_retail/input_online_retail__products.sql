with lines as (

    select * from {{ ref('stg_online_retail__lines') }}

),

descriptions as (

    select
        stock_code,
        description,
        count(*) as count_lines

    from lines

    group by stock_code, description

),

ranked as (

    select
        stock_code,
        description,
        row_number() over (
            partition by stock_code
            order by
                case when description is null then 1 else 0 end asc,
                count_lines desc,
                description asc
        ) as description_rank

    from descriptions

),

final as (

    select
        {{ source_key('online_retail', 'stock_code') }} as product_id,
        description as product_name

    from ranked

    where description_rank = 1

)

select * from final
