with respondents as (

    select * from {{ ref('int_satisfaction__respondents') }}

),

responses as (

    select * from {{ ref('int_satisfaction__responses') }}

),

scores as (

    select * from {{ ref('int_satisfaction__scores') }}

),

customer_value as (

    select * from {{ ref('int_satisfaction__customer_value') }}

),

-- the six cases of two groups, the two indices, and both groups' movements by headcount, added
cases as (

    select
        trap_case,
        signs

    from (
        values
        ('I', '+++++'),
        ('II', '-----'),
        ('III', '+-+++'),
        ('IV', '+---+'),
        ('V', '-+---'),
        ('VI', '-+++-')
    ) as listed (trap_case, signs)

),

firm_value as (

    select
        period,
        sum(value) as value

    from customer_value

    group by period

),

questionnaires as (

    select distinct instrument
    from responses
    union all
    select distinct 'all' as instrument
    from responses

),

asking_about_the_whole as (

    select distinct instrument
    from scores
    where is_overall

),

invitations as (

    select
        responses.asked_period as period,
        questionnaires.instrument,
        count(case when responses.is_invited then 1 end) as invited,
        count(case when responses.is_invited and responses.is_returned then 1 end) as returned

    from responses

    inner join questionnaires
        on
            responses.instrument = questionnaires.instrument
            or (
                questionnaires.instrument = 'all'
                and responses.instrument in (select instrument from asking_about_the_whole)
            )

    where
        responses.respondent_role = 'customer'
        and responses.rated_company = 'own'

    group by responses.asked_period, questionnaires.instrument

),

dimensions as (

    select distinct
        instrument,
        dimension

    from respondents

),

periods as (

    select
        period,
        instrument

    from invitations

    union distinct

    select
        period,
        instrument

    from respondents

),

sums as (

    select
        period,
        instrument,
        dimension,
        cast(sum(count_responses) as bigint) as responses,
        count(*) as respondents,
        avg(score) as mean_score,
        var_samp(score) / count(*) as variance,
        {{ weighted_sums('score', 'value') }},
        sum(value * place) as placed_value,
        count(case when is_high_value then 1 end) as high_value_responses,
        count(case when not is_high_value then 1 end) as other_responses,
        avg(case when is_high_value then score end) as high_value_score,
        avg(case when not is_high_value then score end) as other_score

    from respondents

    group by period, instrument, dimension

),

measured as (

    select
        *,
        {{ weighted_mean() }} as weighted_score,
        {{ weighted_variance() }} as weighted_score_variance,
        {{ weighted_degrees() }} as weighted_score_degrees,
        -- Gini, with places from the highest value down: (n + 1) ÷ n − 2 × Σ place × value ÷ (n × Σ value)
        (count_weights + 1) / nullif(cast(count_weights as numeric), 0)
        - 2 * placed_value / nullif(count_weights * sum_w, 0) as gini

    from sums

),

framed as (

    select
        periods.period,
        periods.instrument,
        dimensions.dimension,
        {{ is_period_complete('periods.period', 'quarter') }} as is_complete,
        coalesce(invitations.invited, 0) as invited,
        invitations.returned,
        coalesce(measured.responses, 0) as responses,
        coalesce(measured.respondents, 0) as respondents,
        coalesce(measured.count_weights, 0) as valued_respondents,
        coalesce(measured.high_value_responses, 0) as high_value_responses,
        coalesce(measured.other_responses, 0) as other_responses,
        measured.sum_w / nullif(firm_value.value, 0) as responding_value_share,
        {{ with_interval(
            'unweighted_score', 'measured.mean_score', 'measured.variance', 'measured.respondents', bounds=[0, 100]
        ) }},
        {{ with_interval(
            'value_weighted_score', 'measured.weighted_score', 'measured.weighted_score_variance', 'measured.count_weights',
            bounds=[0, 100], degrees='measured.weighted_score_degrees'
        ) }},
        {{ if_enough(published('measured.high_value_score'), 'measured.high_value_responses') }} as high_value_score,
        {{ if_enough(published('measured.other_score'), 'measured.other_responses') }} as other_score,
        measured.variance,
        measured.weighted_score_variance,
        measured.weighted_score_degrees,
        measured.gini

    from periods

    inner join dimensions
        on periods.instrument = dimensions.instrument

    left join invitations
        on
            periods.period = invitations.period
            and periods.instrument = invitations.instrument

    left join measured
        on
            periods.period = measured.period
            and periods.instrument = measured.instrument
            and dimensions.dimension = measured.dimension

    left join firm_value
        on periods.period = firm_value.period

),

moved as (

    select
        framed.*,
        framed.unweighted_score - before.unweighted_score as unweighted_change,
        framed.value_weighted_score - before.value_weighted_score as value_weighted_change,
        framed.high_value_score - before.high_value_score as high_value_change,
        framed.other_score - before.other_score as other_change,
        {{ half_interval('framed.variance + before.variance') }} as unweighted_half,
        framed.weighted_score_variance + before.weighted_score_variance as value_weighted_change_variance,
        {{ degrees_together(
            'framed.weighted_score_variance', 'framed.weighted_score_degrees',
            'before.weighted_score_variance', 'before.weighted_score_degrees'
        ) }} as value_weighted_change_degrees

    from framed

    left join framed as before
        on
            framed.period = {{ later_period('before.period', 1, 'quarter') }}
            and framed.instrument = before.instrument
            and framed.dimension = before.dimension

),

signed as (

    select
        *,
        {{ half_interval('value_weighted_change_variance', 'value_weighted_change_degrees') }} as value_weighted_half,
        {{ sign_letter('high_value_change') }}
        || {{ sign_letter('other_change') }}
        || {{ sign_letter('high_value_responses * high_value_change + other_responses * other_change') }}
        || {{ sign_letter('unweighted_change') }}
        || {{ sign_letter('value_weighted_change') }} as signs,
        -- one goes up, the other down; of a running quarter nobody can tell: its twelve months of value are not over
        case when is_complete then unweighted_change * value_weighted_change < 0 end as is_trap

    from moved

),

final as (

    select
        -- ids
        signed.period,
        signed.instrument,
        signed.dimension,

        -- numerics
        signed.invited,
        signed.responses,
        signed.respondents,
        signed.valued_respondents,
        case when signed.is_complete then {{ ratio('signed.returned', 'signed.invited') }} end as response_rate,
        {{ published('signed.responding_value_share') }} as responding_value_share,
        signed.unweighted_score,
        signed.unweighted_score_low,
        signed.unweighted_score_high,
        signed.value_weighted_score,
        signed.value_weighted_score_low,
        signed.value_weighted_score_high,
        signed.unweighted_change,
        {{ published('signed.unweighted_change - signed.unweighted_half') }} as unweighted_change_low,
        {{ published('signed.unweighted_change + signed.unweighted_half') }} as unweighted_change_high,
        signed.value_weighted_change,
        {{ published('signed.value_weighted_change - signed.value_weighted_half') }} as value_weighted_change_low,
        {{ published('signed.value_weighted_change + signed.value_weighted_half') }} as value_weighted_change_high,
        signed.high_value_change,
        signed.other_change,
        signed.high_value_responses,
        signed.other_responses,
        {{ published('signed.gini') }} as value_gini,

        -- text
        cases.trap_case,

        -- booleans
        signed.is_trap,
        case
            when signed.is_complete
                then
                    signed.is_trap
                    and abs(signed.unweighted_change) > signed.unweighted_half
                    and abs(signed.value_weighted_change) > signed.value_weighted_half
        end as is_trap_significant,
        {{ published('signed.gini') }} >= {{ var('satisfaction_gini_that_matters') }} as weighting_matters,
        signed.is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from signed

    left join cases
        on
            signed.signs = cases.signs
            and signed.is_complete

)

select * from final
