"""The report of the live release and the page of the gates, served by Airflow to who may read its build DAG.

Both are made when they are asked for, so that they are there under a scheduler, too, and never late.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from html import escape

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse

from evergreen.errors import EvergreenError
from evergreen.warehouse.connections import Warehouse

READER_OF = "build_marts"


async def _is_reader(request: Request) -> None:
    """Refuse whom Airflow does not let read the build DAG."""
    # these bring half of Airflow along, and every process of it imports its plugins
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
    from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails
    from airflow.api_fastapi.core_api.security import resolve_user_from_token

    user = await resolve_user_from_token(request.cookies.get(COOKIE_NAME_JWT_TOKEN))
    manager = get_auth_manager()
    if not manager.is_authorized_dag(method="GET", user=user, details=DagDetails(id=READER_OF)):
        raise HTTPException(403, f"for who may read the DAG {READER_OF}")


app = FastAPI(
    title="Evergreen", dependencies=[Depends(_is_reader)], docs_url=None, redoc_url=None, openapi_url=None
)


@app.get("/release", response_class=HTMLResponse)
def release_page() -> HTMLResponse:
    """Return the report of the live release."""
    from evergreen.report.write import live_report

    return _page(live_report)


@app.get("/gates", response_class=HTMLResponse)
def gates_page() -> HTMLResponse:
    """Return what the gates found so far."""
    from evergreen.loading.findings import find
    from evergreen.report.gates import gate_page
    from evergreen.sources import registry

    return _page(
        lambda warehouse: gate_page(find(warehouse, registry.load_sound().values()), datetime.now(UTC))
    )


def _page(make: Callable[[Warehouse], str]) -> HTMLResponse:
    """Answer with the page, or with the one line that says why there is none."""
    try:
        return HTMLResponse(make(Warehouse.open()))
    except EvergreenError as error:
        return HTMLResponse(f"<!doctype html><meta charset=utf-8><p>{escape(str(error))}", 503)
