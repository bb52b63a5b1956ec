-- K ÷ K₀ sum to the respondents whose value is known, unless nobody is worth anything; the weighted score is their mean.
with respondents as (

    select * from {{ ref('int_satisfaction__respondents') }}

),

summed as (

    select
        period,
        instrument,
        dimension,
        count(weight) as count_weights,
        sum(weight) as weights,
        sum(weight * score) / nullif(sum(weight), 0) as weighted_score

    from respondents

    group by period, instrument, dimension

),

index as (

    select * from {{ ref('satisfaction_index') }}

)

select
    summed.*,
    index.value_weighted_score

from summed

inner join index
    on
        summed.period = index.period
        and summed.instrument = index.instrument
        and summed.dimension = index.dimension

where
    round(summed.weights, 4) != summed.count_weights
    or summed.count_weights not in (0, index.valued_respondents)
    or round(summed.weighted_score, 6) != round(index.value_weighted_score, 6)
