-- Promoters, passives and detractors are the responses, and those of the segments are the firm's.
select
    period,
    sum(case when segment = 'all' then responses else -responses end) as difference

from {{ ref('recommendation_index') }}

group by period

having
    sum(case when segment = 'all' then responses else -responses end) != 0
    or sum(case when segment = 'all' then promoters else -promoters end) != 0
    or sum(case when segment = 'all' then detractors else -detractors end) != 0
    or sum(promoters + passives + detractors - responses) != 0
