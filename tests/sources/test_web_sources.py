"""Web services, against one on this machine that pages, fails and misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from evergreen.errors import EvergreenError
from evergreen.settings import settings
from evergreen.sources import registry, web_client
from evergreen.sources.definition import Source
from evergreen.sources.discovery import check, discover
from evergreen.sources.web import HttpDelivery
from sources.making import never
from web_service import Answer, Service, serving


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(web_client.time, "sleep", lambda seconds: None)
    with serving() as service:
        yield service


def define(http: dict[str, Any] | None = None, access: dict[str, Any] | None = None, **table: Any) -> Source:
    given = {"http": {"path": "answers", **(http or {})}, "key": ["id"], "columns": {"id": {}, "score": {}}}
    return Source.model_validate(
        {"source": "src", "reader": "http", "http": access or {}, "tables": {"t": given | table}}
    )


def ask(source: Source, service: Service, **cursors: str | None) -> list[HttpDelivery]:
    return [d for d in discover(source, service.url, never, cursors) if isinstance(d, HttpDelivery)]


def content(delivery: HttpDelivery) -> tuple[list[str], bytes]:
    with delivery.open() as stream:
        return stream.columns, b"".join(stream.blocks)


def numbered(total: int, size: int = 2) -> Callable[[str, dict[str, str]], Answer]:
    def answer(path: str, query: dict[str, str]) -> Answer:
        start = (int(query["page"]) - 1) * size
        return 200, {"items": [{"id": i, "score": 1.50} for i in range(start, min(start + size, total))]}

    return answer


def test_pages_by_number_until_one_is_empty(service: Service) -> None:
    service.answer = numbered(5)
    [delivery] = ask(define(), service)
    assert content(delivery) == (["id", "score"], b"".join(b'"%d","1.5"\n' % i for i in range(5)))
    assert service.asked == [("/api/answers", {"page": str(n), "page_size": "500"}) for n in (1, 2, 3, 4)]
    assert (delivery.table, delivery.file_or_cursor, delivery.cursor, delivery.is_complete) == (
        "t",
        "answers",
        None,
        True,
    )
    assert delivery.delivered_on is not None
    assert content(delivery) == content(delivery)


def test_a_check_asks_for_one_page(service: Service) -> None:
    service.answer = numbered(5)
    check(define(), service.url)
    assert len(service.asked) == 1
    service.answer = lambda path, query: (404, {})
    with pytest.raises(EvergreenError, match=r"answered 404 Not Found$"):
        check(define(), service.url)


def test_numbers_stay_as_they_are_written(service: Service) -> None:
    service.answer = lambda path, query: (200, b'[{"id": 1.10, "score": {"x": 1}}]')
    [delivery] = ask(define({"items": None, "paging": None}), service)
    assert content(delivery)[1] == b'"1.10","{""x"":1}"\n'
    assert service.asked == [("/api/answers", {})]


def test_the_locations_own_parameters_go_along(service: Service) -> None:
    service.answer = numbered(1)
    list(discover(define({"parameters": {"lang": "en"}}), f"{service.url}?key=k", never, {}))
    asked = {"key": "k", "lang": "en", "page_size": "500"}
    assert service.asked[0] == ("/api/answers", asked | {"page": "1"})


def test_pages_by_link(service: Service) -> None:
    def answer(path: str, query: dict[str, str]) -> Answer:
        after = int(query.get("after", 0))
        following = f"answers?after={after + 1}&k=v" if after < 3 else None
        return 200, {"data": {"rows": [{"id": after}]}, "links": {"next": following}}

    service.answer = answer
    source = define(
        {"items": "data.rows", "paging": {"by": "link", "next": "links.next"}, "parameters": {"k": "v"}}
    )
    [delivery] = ask(source, service)
    assert content(delivery) == (["id"], b'"0"\n"1"\n"2"\n"3"\n')
    assert service.asked[1] == ("/api/answers", {"after": "1", "k": "v"})


def test_a_passing_failure_is_asked_again(service: Service) -> None:
    failures = iter([503, 500, 429])
    pages = numbered(3)

    def answer(path: str, query: dict[str, str]) -> Answer:
        if query["page"] == "2" and (status := next(failures, None)):
            return status, b"not now", {"Retry-After": "7"}
        return pages(path, query)

    service.answer = answer
    waited: list[float] = []
    web_client.time.sleep = waited.append
    [delivery] = ask(define(), service)
    assert content(delivery)[1].count(b"\n") == 3 and waited == [7.0, 7.0, 7.0]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((503, b""), ": answered 503, 5 times: is the service up?"),
        ((404, b""), ": answered 404 Not Found"),
        ((401, b""), ": answered 401 Unauthorized: set SRC_TOKEN to a token"),
        ((200, b"<html>Log in"), ": the answer is no JSON: '<html>Log in'"),
        ((200, {"rows": [], "total": 0}), ": the answer has no list under 'items': it has rows, total"),
        ((200, [1]), ": the answer has no list under 'items': it has list"),
        ((200, {"items": [{"id": 1}]}), ": page=2 repeats the page before: is paging.parameter right?"),
    ],
)
def test_failures_are_one_line(service: Service, answer: Answer, message: str) -> None:
    service.answer = lambda path, query: answer
    with pytest.raises(EvergreenError) as caught:
        ask(define(access={"token_environment": "SRC_TOKEN"}), service)
    assert str(caught.value) == f"{service.url}/answers{message}"


def test_a_service_that_is_not_there() -> None:
    service = Service(url="http://user:secret@127.0.0.1:9/api?key=secret")
    with pytest.raises(EvergreenError) as caught:
        ask(define(access={"attempts": 1}), service)
    assert str(caught.value).startswith("http://user@127.0.0.1:9/api/answers: ")
    assert str(caught.value).endswith(", 1 times: is the service up?")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("following", "message"),
    [
        ("answers", ": the pages lead in a circle"),
        ("http://elsewhere/api", ": 'next' in the answer leads to another host: http://elsewhere/api"),
        (7, ": 'next' in the answer is no address"),
    ],
)
def test_links_that_lead_astray(service: Service, following: Any, message: str) -> None:
    service.answer = lambda path, query: (200, {"items": [{"id": 1}], "next": following})
    with pytest.raises(EvergreenError) as caught:
        ask(define({"paging": {"by": "link"}}), service)
    assert str(caught.value) == f"{service.url}/answers{message}"


def test_the_token_comes_from_the_environment(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.answer = numbered(0)
    monkeypatch.setenv("SRC_TOKEN", "s3cret")
    ask(define(access={"token_environment": "SRC_TOKEN"}), service)
    monkeypatch.delenv("SRC_TOKEN")
    ask(define(access={"token_environment": "SRC_TOKEN"}), service)
    assert service.tokens == ["Bearer s3cret", None]


def test_an_airflow_connection_names_place_and_token(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    host = urlsplit(service.url)
    monkeypatch.setenv("AIRFLOW_CONN_SURVEYS", f"http://:s3cret@{host.hostname}:{host.port}/http")
    service.answer = numbered(1)
    [delivery] = [*discover(define(), "surveys", never, {})]
    assert delivery.bytes_total is None and service.tokens[0] == "Bearer s3cret"
    with pytest.raises(
        EvergreenError, match=r"^connection nothing: Airflow knows none: add it, or set AIRFLOW_CONN_"
    ):
        list(discover(define(), "nothing", never, {}))


def test_only_what_changed_is_asked_for(service: Service) -> None:
    rows = [
        {"id": 1, "at": "2020-01-05T10:00:00Z"},
        {"id": 2, "at": "2020-01-07T10:00:00"},
        {"id": 3, "at": None},
    ]
    service.answer = lambda path, query: (200, rows)
    source = define(
        {"items": None, "paging": None, "since": "changed_after"},
        columns={"id": {}, "at": "timestamp"},
        updated_at="at",
        look_back="2 days",
    )
    [first] = ask(source, service)
    assert (first.cursor, first.is_complete) == ("2020-01-07T10:00:00+00:00", True)
    [again] = ask(source, service, t=first.cursor)
    assert service.asked[1] == ("/api/answers", {"changed_after": "2020-01-05T10:00:00+00:00"})
    assert (again.file_or_cursor, again.fingerprint) == (first.file_or_cursor, first.fingerprint)
    assert not again.is_complete


def test_an_unchanged_answer_is_not_delivered_twice(service: Service) -> None:
    service.answer = numbered(3)
    [delivery] = ask(define(), service)
    ledger = {("t", delivery.file_or_cursor, delivery.fingerprint)}
    assert list(discover(define(), service.url, lambda *key: key in ledger, {})) == []


def test_rows_that_are_no_objects_are_problems(service: Service) -> None:
    service.answer = lambda path, query: (200, [{"id": 1}, 7])
    [delivery] = ask(define({"items": None, "paging": None}), service)
    with delivery.open() as stream:
        assert [(r.fields, r.problem) for r in stream.reopen_tolerant()] == [
            (["1"], None),
            (None, "an object is needed"),
        ]


def test_the_survey_is_read_from_the_web_as_from_files(service: Service) -> None:
    source = registry.load("survey", settings().project)

    def answer(path: str, query: dict[str, str]) -> Answer:
        rows = {"/api/responses": [{"response_id": "r1", "instrument": "x"}], "/api/answers": []}[path]
        return 200, {"items": rows if query["page"] == "1" else []}

    service.answer = answer
    assert [d.table for d in discover(source, service.url, never, {})] == ["responses", "answers"]
