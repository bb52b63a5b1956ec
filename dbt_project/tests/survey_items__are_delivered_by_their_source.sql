-- An item whose source delivers no survey_items is known to nobody, and its answers would enter no score: a name that is
-- mistyped in the seed, or missing in var deliveries.
with items as (

    select * from {{ ref('survey_items') }}

)

select
    source,
    count(*) as count_items

from items

where source not in ({{ quoted(sources_that_deliver('survey_items', among=var('deliveries'))) }})

group by source
