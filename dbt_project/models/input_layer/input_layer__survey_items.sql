{{ union_sources('survey_items') }}
