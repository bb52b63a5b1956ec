{{ union_sources('campaign_members') }}
