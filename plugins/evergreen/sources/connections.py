"""Airflow connections, by id: where the secrets of sources live."""

from __future__ import annotations

from typing import Any

from evergreen.errors import EvergreenError


def connection(name: str) -> Any:
    """Return Airflow's connection `name`: host, port, login, password, schema, extra_dejson.

    Raises:
        EvergreenError: there is none, or Airflow cannot say.
    """
    # Costs seconds, and only sources that name a connection need it.
    from airflow.sdk import Connection

    try:
        return Connection.get(name)
    except Exception as error:  # secrets backends have their own kinds
        if type(error).__name__ == "AirflowNotFoundException":
            raise EvergreenError(
                f"connection {name}: Airflow knows none: add it, or set AIRFLOW_CONN_{name.upper()}"
            ) from None
        raise EvergreenError(f"connection {name}: cannot be looked up ({type(error).__name__})") from None
