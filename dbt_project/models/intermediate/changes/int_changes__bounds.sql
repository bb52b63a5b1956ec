with candidate as (

    select * from {{ source('audit', 'candidate') }}

),

known_candidate as (

    select
        coalesce(since_promotion, 0) as since_promotion,
        through_promotion,
        -- without a day to compare with, every day is new
        coalesce(previous_as_of_date, cast('0001-01-01' as date)) as previous_as_of_date

    from candidate

),

final as (

    select
        -- promotions: after, up to and with
        since_promotion,
        through_promotion,

        -- days that entered the picture, or left it where the as-of date went back: from, until before
        cast(
            {{ dbt.dateadd('day', 1, 'least(previous_as_of_date, ' ~ as_of_date() ~ ')') }} as timestamp
        ) as first_moment,
        cast(
            {{ dbt.dateadd('day', 1, 'greatest(previous_as_of_date, ' ~ as_of_date() ~ ')') }} as timestamp
        ) as end_moment

    from known_candidate

)

select * from final
