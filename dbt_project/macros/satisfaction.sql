{#- What customers say: see docs/satisfaction.md. -#}

{#- What a respondent is worth, by the `customer_value` of their quarter: a customer who bought nothing is worth nothing; of an
    anonymous one nothing is known. -#}
{% macro respondent_value(customer_id) -%}
    case when {{ customer_id }} is not null then coalesce(customer_value.value, 0) end
{%- endmacro %}

{#- SELECT of the CTE `respondents`, with what each is worth in their quarter: column `value`. -#}
{% macro valued_respondents() -%}
    select
        respondents.*,
        {{ respondent_value('respondents.customer_id') }} as value

    from respondents

    left join customer_value
        on
            respondents.customer_id = customer_value.customer_id
            and respondents.period = customer_value.period
{%- endmacro %}

{#- A figure, or NULL where fewer than `satisfaction_minimum_responses` stand behind it. -#}
{% macro if_enough(figure, count) -%}
    case when {{ count }} >= {{ var('satisfaction_minimum_responses') }} then {{ figure }} end
{%- endmacro %}

{#- Half the width of the interval around an estimate with this variance; by Student's distribution where the degrees of
    freedom behind the variance are given. -#}
{% macro half_interval(variance, degrees=none) -%}
    {%- set quantile = var('satisfaction_interval_quantile') -%}
    {{ quantile if degrees is none else student_quantile(quantile | float, degrees) }} * sqrt({{ variance }})
{%- endmacro %}

{#- The quantile of Student's distribution where the normal one has `z`: the expansion of Cornish and Fisher in 1 ÷ degrees
    (Abramowitz & Stegun 1964, 26.7.5), in exact arithmetic. At 95 % within 3 % of it from two degrees on. -#}
{% macro student_quantile(z, degrees) -%}
    ({{ z }} + ({{ (z ** 3 + z) / 4 }} + ({{ (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96 }}
    + {{ (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384 }} / ({{ degrees }})) / ({{ degrees }})) / ({{ degrees }}))
{%- endmacro %}

{#- Columns <name>, <name>_low and <name>_high: an estimate between two bounds with its interval, which ends at them; NULL
    where too few stand behind it. Without bounds the interval is as wide as it is. -#}
{% macro with_interval(name, estimate, variance, count, bounds=none, degrees=none) -%}
    {%- set half = half_interval(variance, degrees) -%}
    {%- set low = '(' ~ estimate ~ ') - ' ~ half -%}
    {%- set high = '(' ~ estimate ~ ') + ' ~ half -%}
    {{ if_enough(published(estimate), count) }} as {{ name }},
        {{ if_enough(published(within(low, bounds)), count) }} as {{ name }}_low,
        {{ if_enough(published(within(high, bounds)), count) }} as {{ name }}_high
{%- endmacro %}

{#- An end, '-' or '+', of the interval around the share `part` ÷ `whole`, two counts (Wilson 1927): also of few it stays between
    0 and 1, and has its width where the share is 0 or 1. -#}
{% macro share_bound(part, whole, sign) -%}
    {%- set z = var('satisfaction_interval_quantile') -%}
    {%- set square = '(' ~ z ~ ' * ' ~ z ~ ')' -%}
    ({{ part }} + {{ square }} / 2.0 {{ sign }} {{ z }} * sqrt(
        cast({{ part }} as numeric) * ({{ whole }} - {{ part }}) / nullif({{ whole }}, 0) + {{ square }} / 4.0
    )) / ({{ whole }} + {{ square }})
{%- endmacro %}

{#- An end, '-' or '+', of the interval around the difference of two independent shares, from the ends of theirs: columns
    <share>, <share>_low and <share>_high (Newcombe 1998, method 10). -#}
{% macro difference_bound(share, other, sign) -%}
    {%- set near, far = ('low', 'high') if sign == '-' else ('high', 'low') -%}
    {{ share }} - {{ other }} {{ sign }} sqrt(
        power({{ share }} - {{ share }}_{{ near }}, 2) + power({{ other }}_{{ far }} - {{ other }}, 2)
    )
{%- endmacro %}

{#- An end of an interval, unless it lies beyond what is possible. LEAST and GREATEST would pass over NULL. -#}
{% macro within(value, bounds) -%}
    {%- if bounds is none -%}
        {{ value }}
    {%- else -%}
        case
            when {{ value }} < {{ bounds[0] }} then {{ bounds[0] }}
            when {{ value }} > {{ bounds[1] }} then {{ bounds[1] }}
            else {{ value }}
        end
    {%- endif -%}
{%- endmacro %}

{#- A figure as it is published: to ten decimals, and no further than it goes. -#}
{% macro published(figure) -%}
    {{ rounded(figure, 10) }}
{%- endmacro %}

{#- Sums from which mean, variance and degrees of freedom follow; rows without a weight are passed over. -#}
{% macro weighted_sums(score, weight) -%}
    count({{ weight }}) as count_weights,
        sum({{ weight }}) as sum_w,
        sum({{ weight }} * {{ score }}) as sum_ws,
        sum({{ weight }} * {{ weight }}) as sum_ww,
        sum({{ weight }} * {{ weight }} * {{ score }}) as sum_wws,
        sum({{ weight }} * {{ weight }} * {{ score }} * {{ score }}) as sum_wwss
{%- endmacro %}

{#- The mean of scores, each counted by its weight; NULL where all weights are 0. -#}
{% macro weighted_mean() -%}
    sum_ws / nullif(sum_w, 0)
{%- endmacro %}

{#- The variance of a weighted mean: Σ w² (s − mean)² ÷ ((Σ w)² − Σ w²). It is that of a ratio of two sums (linearised: Cochran
    1977, chapter 6), times m ÷ (m − 1) for a mean of m = (Σ w)² ÷ Σ w² respondents of equal weight, who would tell as much
    (Kish 1965); with equal weights the square of the usual standard error. Rounding must not make it negative. -#}
{% macro weighted_variance() -%}
    greatest(
        sum_wwss - 2 * {{ weighted_mean() }} * sum_wws + {{ weighted_mean() }} * {{ weighted_mean() }} * sum_ww,
        0
    ) / nullif(sum_w * sum_w - sum_ww, 0)
{%- endmacro %}

{#- The degrees of freedom behind it, m − 1; NULL below one, where a single respondent holds nearly all the weight. -#}
{% macro weighted_degrees() -%}
    case when sum_w * sum_w - sum_ww >= sum_ww then (sum_w * sum_w - sum_ww) / nullif(sum_ww, 0) end
{%- endmacro %}

{#- The degrees of freedom behind the sum of two variances (Welch 1947). -#}
{% macro degrees_together(variance, degrees, other_variance, other_degrees) -%}
    case
        when {{ variance }} + {{ other_variance }} = 0 then {{ degrees }} + {{ other_degrees }}
        else
            power({{ variance }} + {{ other_variance }}, 2)
            / (power({{ variance }}, 2) / {{ degrees }} + power({{ other_variance }}, 2) / {{ other_degrees }})
    end
{%- endmacro %}

{#- A score as given, on its item's own scale, with reversed items turned: 8 − score on a scale from 1 to 7. NULL off it. -#}
{% macro turned_score(score, item) -%}
    case
        when {{ score }} between {{ item }}.scale_min and {{ item }}.scale_max
            then case
                when {{ item }}.reversed then {{ item }}.scale_min + {{ item }}.scale_max - {{ score }}
                else {{ score }}
            end
    end
{%- endmacro %}

{#- Names as a list of SQL literals: 'this', 'that'. -#}
{% macro quoted(names) -%}
    '{{ names | join("', '") }}'
{%- endmacro %}

{#- Whether a customer ordered again after a day, within the window in which who is kept does. Needs a relation `orders`. -#}
{% macro ordered_again(customer_id, day) -%}
    exists (
        select 1
        from orders
        where
            orders.customer_id = {{ customer_id }}
            and orders.ordered_on > {{ day }}
            and orders.ordered_on <= {{ day }} + {{ var('satisfaction_return_window_days') }}
    )
{%- endmacro %}

{#- Whether the window to order again has passed for everyone in a quarter, also from its last day on. -#}
{% macro is_return_window_over(period) -%}
    {{ later_period(period, 1, 'quarter') }} - 1 + {{ var('satisfaction_return_window_days') }} <= {{ as_of_date() }}
{%- endmacro %}

{#- Aggregate: by what a response shows dissatisfaction. Of satisfaction as a whole and recommendation, each the mean of its
    questions, the lower (docs/lifecycle.md); LEAST passes over NULL. Of rows with `item_role` and `score_100`. -#}
{% macro lower_score(answers=none) -%}
    {%- set of = answers ~ '.' if answers else '' -%}
    {%- set means = [] -%}
    {%- for role in ['overall', 'recommendation'] -%}
        {%- do means.append('avg(case when ' ~ of ~ "item_role = '" ~ role ~ "' then " ~ of ~ 'score_100 end)') -%}
    {%- endfor -%}
    {{ rounded('least(' ~ means | join(', ') ~ ')', 10) }}
{%- endmacro %}

{#- The sign of a number as a letter, for tables of cases: +, - or 0; NULL where the number is. -#}
{% macro sign_letter(number) -%}
    case when {{ number }} > 0 then '+' when {{ number }} < 0 then '-' when {{ number }} = 0 then '0' end
{%- endmacro %}

{#- The first day of the last quarter that had ended by the as-of date. -#}
{% macro last_complete_quarter() -%}
    {{ later_period(first_incomplete_period('quarter'), -1, 'quarter') }}
{%- endmacro %}

{#- Whether a customer behaves loyally: gives us most of what is spent on such goods, or, where that is not asked, has come
    back often enough. -#}
{% macro is_repeat_patron() -%}
    coalesce(
        opinions.wallet_share >= {{ var('satisfaction_loyal_wallet_share') }},
        customers.count_occasions - 1 >= {{ var('satisfaction_loyal_repeat_share') }} * customers.count_occasions
        and customers.count_occasions > 1
    )
{%- endmacro %}

{#- Aggregate: what the customer last said of a measure. -#}
{% macro latest_told(measure) -%}
    (array_agg({{ measure }} order by submitted_at desc, response_id desc) filter (where {{ measure }} is not null))[1]
{%- endmacro %}

{#- The hyperbolic tangent of a numeric, in exact arithmetic: the server's own is in floating point. -#}
{% macro hyperbolic_tangent(number) -%}
    1 - 2 / (exp(2 * ({{ number }})) + 1)
{%- endmacro %}

{#- The construct of the chain from expectations to word of mouth that a dimension tells of; NULL = none. -#}
{% macro construct_of(dimension) -%}
    case
        {%- for construct, dimensions in var('satisfaction_constructs').items() %}
        when {{ dimension }} in ({{ quoted(dimensions) }}) then '{{ construct }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- What to do about an attribute by its importance and performance, each against its mean (Martilla & James 1977). -#}
{% macro quadrant(importance, mean_importance, mean_performance) -%}
    case
        when {{ importance }} >= {{ mean_importance }} and performance < {{ mean_performance }} then 'concentrate here'
        when {{ importance }} >= {{ mean_importance }} and performance >= {{ mean_performance }}
            then 'keep up the good work'
        when {{ importance }} < {{ mean_importance }} and performance < {{ mean_performance }} then 'low priority'
        when {{ importance }} < {{ mean_importance }} and performance >= {{ mean_performance }} then 'possible overkill'
    end
{%- endmacro %}
