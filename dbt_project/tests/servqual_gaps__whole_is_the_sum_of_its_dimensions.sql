-- A gap is perception less expectation, and the whole is every dimension by its importance.
with gaps as (

    select * from {{ ref('servqual_gaps') }}

)

select
    period,
    sum(case when dimension = 'overall' then gap end) as overall_gap,
    sum(case when dimension != 'overall' then weighted_gap end) as sum_of_weighted_gaps

from gaps

group by period

having
    round(sum(case when dimension = 'overall' then gap end), 6)
    != round(sum(case when dimension != 'overall' then weighted_gap end), 6)
    or bool_or(round(perception_mean - expectation_mean, 6) != round(gap, 6))
