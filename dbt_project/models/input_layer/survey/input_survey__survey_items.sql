{{ survey_items_of('survey') }}
