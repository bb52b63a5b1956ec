-- Who is dissatisfied complains or is silent, is heard or not, is kept or lost: nobody is lost from the funnel itself.
select *
from {{ ref('complaint_funnel') }}
where
    complained + silent != dissatisfied
    or resolved > complained
    or resolved_kept + resolved_lost != resolved
    or resolved_kept + resolved_lost + unresolved_kept + unresolved_lost != complained
    or silent_lost + silent_kept != silent
    or lost_value > dissatisfied_value
    or is_complete != (silent_lost is not null)
