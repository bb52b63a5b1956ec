"""Who is told when a task has failed."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from evergreen import settings as settings_module
from evergreen.orchestration import alerts

CONTEXT = {
    "ti": SimpleNamespace(dag_id="load_shop", task_id="land"),
    "run_id": "manual",
    "exception": ValueError("shop: cannot be reached\nand a second line"),
}


@pytest.fixture
def heard() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A service on this machine that takes messages: its address, and what it heard."""
    messages: list[dict[str, Any]] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/token", messages
    server.shutdown()
    server.server_close()


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def set_one(name: str, value: str) -> None:
        monkeypatch.setenv(f"EVERGREEN_ALERT_{name}", value)
        settings_module.reset()

    settings_module.reset()
    yield set_one
    monkeypatch.undo()
    settings_module.reset()


def test_a_webhook_hears_what_failed_in_one_line(configure: Any, heard: Any) -> None:
    address, messages = heard
    configure("WEBHOOK", address)
    alerts.tell_webhook(alerts.message(CONTEXT))
    assert messages == [
        {
            "text": "Evergreen: load_shop.land failed: shop: cannot be reached",
            "dag": "load_shop",
            "task": "land",
            "run": "manual",
            "runbook": "docs/runbook.md",
        }
    ]


def test_a_webhook_that_is_down_fails_nothing_and_is_not_named(
    configure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    configure("WEBHOOK", "http://127.0.0.1:9/secret-token")
    with caplog.at_level(logging.WARNING, "evergreen"):
        alerts.tell_webhook(alerts.message(CONTEXT))
    assert "alert webhook: ConnectError" in caplog.text
    assert "secret-token" not in caplog.text


def test_nobody_is_told_unless_asked(configure: Any) -> None:
    assert alerts.on_failure() == []


def test_mail_and_webhook_are_notifiers_of_airflow(configure: Any) -> None:
    from airflow.sdk.bases.notifier import BaseNotifier

    configure("EMAIL", "a@example.org, b@example.org")
    configure("WEBHOOK", "http://127.0.0.1:9/")
    mail, webhook = alerts.on_failure()
    assert isinstance(mail, BaseNotifier)
    assert isinstance(webhook, BaseNotifier)
    assert mail.to == ["a@example.org", "b@example.org"]
