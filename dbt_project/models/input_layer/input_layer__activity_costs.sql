{{ union_sources('activity_costs') }}
