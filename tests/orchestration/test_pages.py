"""The pages inside Airflow: what they show, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from evergreen.orchestration import pages
from evergreen.warehouse.connections import Warehouse


@pytest.fixture
def reader() -> Iterator[TestClient]:
    """Somebody whom Airflow lets read the build DAG."""
    pages.app.dependency_overrides[pages._is_reader] = lambda: None
    yield TestClient(pages.app)
    pages.app.dependency_overrides.clear()


def test_the_gates_page_is_made_when_asked_for(reader: TestClient, session_warehouse: Warehouse) -> None:
    answer = reader.get("/gates")
    assert answer.status_code == 200
    assert "What the gates found" in answer.text


def test_without_a_release_the_page_says_so(
    reader: TestClient, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Warehouse, "open", lambda: warehouse)
    answer = reader.get("/release")
    assert answer.status_code == 503
    assert "nothing is published yet" in answer.text


@pytest.mark.parametrize("path", ["/release", "/gates"])
def test_who_is_not_signed_in_sees_nothing(path: str) -> None:
    assert TestClient(pages.app).get(path).status_code == 401


@pytest.mark.parametrize(("allowed", "status"), [(True, 200), (False, 403)])
def test_airflow_decides_who_may_read(
    allowed: bool, status: int, session_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may not read the build DAG may not read what it published."""
    asked = []

    def is_authorized_dag(*, method: str, user: object, details: object) -> bool:
        asked.append((method, user, details.id))  # type: ignore[attr-defined]
        return allowed

    async def user_of(token: str) -> str:
        return f"user of {token}"

    manager = SimpleNamespace(is_authorized_dag=is_authorized_dag, get_user_from_token=user_of)
    monkeypatch.setattr("airflow.api_fastapi.app.get_auth_manager", lambda: manager)
    monkeypatch.setattr("airflow.api_fastapi.core_api.security.get_auth_manager", lambda: manager)
    client = TestClient(pages.app, cookies={"_token": "t"})
    assert client.get("/gates").status_code == status
    assert asked == [("GET", "user of t", "build_marts")]
