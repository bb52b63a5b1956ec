"""What Airflow finds of ours in its plugins folder: the report and the page of the gates in its own pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

from evergreen.orchestration.pages import app

# Airflow may be served below a path of its host.
_BELOW = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")


def _view(name: str, page: str, destination: str) -> dict[str, Any]:
    route = f"evergreen-{page}" if destination == "nav" else f"evergreen-{page}-{destination}"
    return {
        "name": name,
        "href": f"{_BELOW}/evergreen/{page}",
        "url_route": route.replace("_", "-"),
        "destination": destination,
        "nav_top_level": True,
    }


class EvergreenPages(AirflowPlugin):
    """In the navigation, and beside the runs of every DAG."""

    name = "evergreen"
    fastapi_apps = [{"name": "Evergreen", "app": app, "url_prefix": "/evergreen"}]  # noqa: RUF012 - as Airflow asks
    external_views = [  # noqa: RUF012
        _view("Release", "release", "nav"),
        _view("Gates", "gates", "nav"),
        _view("Release", "release", "dag_run"),
        _view("Gates", "gates", "dag_run"),
    ]
