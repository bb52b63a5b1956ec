"""A table of a web service becomes a source by a look at its first pages, and can be loaded then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from evergreen.errors import EvergreenError
from evergreen.loading import gate, landing, promotion
from evergreen.onboarding.definition import definition
from evergreen.onboarding.models import model_files
from evergreen.onboarding.plan import Plan, plan_source
from evergreen.onboarding.profile import profiles
from evergreen.onboarding.roles import guess_roles
from evergreen.onboarding.service import sample_service
from evergreen.sources import web_client
from evergreen.sources.access import Paging
from evergreen.sources.definition import Source
from evergreen.warehouse.connections import Warehouse
from loading.conftest import EasyJudge
from web_service import Answer, Service, serving

ORDERS: list[dict[str, Any]] = [
    {
        "id": n,
        "client": {"name": "Ann"},
        "parcel": {"kilos": n, "e-mail": "ann@example.org"},
        "tags": ["gift", n],
        "customer_no": f"C{n % 3}",
        "created_at": f"2026-01-{n:02}T09:00:00Z",
        "total": n * 1.5,
    }
    for n in range(1, 13)
]
PAGE = 5


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(web_client.time, "sleep", lambda seconds: None)
    with serving() as service:
        yield service


def page(query: dict[str, str]) -> list[dict[str, Any]]:
    first = PAGE * (int(query.get("page", "1")) - 1)
    return ORDERS[first : first + PAGE]


def all_at_once(path: str, query: dict[str, str]) -> Answer:
    return 200, ORDERS


def refusing_pages(path: str, query: dict[str, str]) -> Answer:
    return (400, {"error": "unknown parameter"}) if "page" in query else (200, {"orders": ORDERS})


def numbered(path: str, query: dict[str, str]) -> Answer:
    return 200, {"meta": {"tags": ["a"], "count": 12}, "data": {"rows": page(query)}}


def linked(path: str, query: dict[str, str]) -> Answer:
    number = int(query.get("page", "1"))
    following = f"/api/orders?page={number + 1}" if number * PAGE < len(ORDERS) else None
    return 200, {"orders": page(query), "links": {"next": following}}


def look(address: str) -> Plan:
    sample = sample_service(address)
    columns = profiles(sample)
    return plan_source("mine", sample, columns, guess_roles(columns, {}, sample.address))


@pytest.mark.parametrize(
    ("answer", "items", "paging"),
    [
        (all_at_once, None, None),
        (refusing_pages, "orders", None),
        (numbered, "data.rows", Paging(by="number", parameter="page", size_parameter=None)),
        (linked, "orders", Paging(by="link", next="links.next", size_parameter=None)),
    ],
)
def test_what_is_written_loads_every_row(
    answer: Callable[[str, dict[str, str]], Answer],
    items: str | None,
    paging: Paging | None,
    service: Service,
    warehouse: Warehouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gate, "Judge", EasyJudge)
    service.answer = answer
    plan = look(f"{service.url}/orders")
    assert len(plan.sample.rows) == len(ORDERS)
    text = definition(plan)
    assert "127.0.0.1" not in text
    source = Source.model_validate(yaml.safe_load(text))
    http = source.tables["sales"].http
    assert http is not None and plan.sample.service is not None
    assert (http.path, http.items, http.paging) == ("orders", items, paging)
    assert (plan.key, plan.sample.service.location) == (("order_id",), service.url)
    landing.land(warehouse, source, plan.sample.service.location)
    gate.gate(warehouse, source)
    assert promotion.promote(warehouse, source).promoted_rows == len(ORDERS)


def test_a_key_in_the_address_goes_along_and_is_not_written_down(service: Service) -> None:
    service.answer = lambda path, query: (200, ORDERS) if query.get("key") == "s3cret" else (403, {})
    plan = look(f"{service.url}/orders?key=s3cret")
    assert "s3cret" not in definition(plan) + " ".join(plan.notes) + plan.sample.address
    assert plan.sample.service and plan.sample.service.location == f"{service.url}?key=s3cret"


def test_objects_within_a_row_are_kept_and_those_of_persons_apart(service: Service) -> None:
    service.answer = all_at_once
    plan = look(f"{service.url}/orders")
    read = {column.name: (column.type, column.is_personal) for column in plan.columns}
    assert read["client"] == read["parcel"] == ("json", True)
    assert read["tags"] == ("json", False)
    assert plan.of("customer").header == "customer_no"
    staged = model_files(plan)["models/staging/mine/stg_mine__sales.sql"]
    assert "cast(tags as {{ dbt.type_string() }}) as tags" in staged and "parcel" not in staged


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ((401, {}), "/orders: answered 401 Unauthorized: a service that asks for a token is described by"),
        ((200, b"Order;Client\n1;2\n"), "no JSON: 'Order;Client.*: if it is a file, download it"),
        ((200, {"rows": [1, 2], "total": 2}), "holds no list of objects: it has rows, total"),
        ((200, []), "/orders: answers no row"),
        ((500, {}), "answered 500, 2 times: is the service up"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(answer: Answer, complaint: str, service: Service) -> None:
    service.answer = lambda path, query: answer
    with pytest.raises(EvergreenError, match=complaint) as caught:
        sample_service(f"{service.url}/orders")
    assert "\n" not in str(caught.value)


def test_a_service_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(EvergreenError, match=r"me@127.0.0.1:9/api/orders: ") as caught:
        sample_service("http://me:secret@127.0.0.1:9/api/orders")
    assert "secret" not in str(caught.value)
