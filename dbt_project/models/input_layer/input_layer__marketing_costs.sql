{{ union_sources('marketing_costs') }}
