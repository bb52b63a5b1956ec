{{ union_sources('customer_costs') }}
