{{ union_sources('product_upgrades') }}
