{{ union_sources('order_lines') }}
