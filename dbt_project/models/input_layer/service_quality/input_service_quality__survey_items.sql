{{ survey_items_of('service_quality') }}
