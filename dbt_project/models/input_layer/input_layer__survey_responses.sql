{{ union_sources('survey_responses') }}
