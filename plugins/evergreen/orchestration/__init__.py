"""How Airflow and dbt are called: environment, task bodies, runs in process, services."""
