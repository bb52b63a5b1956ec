-- Both groups are the respondents of known value, these are among the respondents, these have given the responses; scores lie within
-- their intervals, a trap is where the indices part, and a significant trap is a trap.
select *
from {{ ref('satisfaction_index') }}
where
    high_value_responses + other_responses != valued_respondents
    or valued_respondents > respondents
    or respondents > responses
    or unweighted_score not between unweighted_score_low and unweighted_score_high
    or value_weighted_score not between value_weighted_score_low and value_weighted_score_high
    or (is_trap_significant and not is_trap)
    or (trap_case in ('IV', 'VI') and not is_trap)
    or (trap_case in ('I', 'II', 'III', 'V') and is_trap)
