"""A headless Chromium, led by its DevTools protocol: open a page, see what it asks for, picture it."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import websocket

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 180  # seconds; a busy machine draws slowly


class BrowserError(RuntimeError):
    """There is no browser, or it does not do what it is asked."""


@dataclass
class Page:
    """A page that is open.

    requests: every address it has asked for; complaints: what its console says is an error;
    """

    _socket: websocket.WebSocket
    watched: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _watched: dict[str, tuple[str, int]] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)
    _number: int = 0

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the browser for something, and return what it answers.

        Raises:
            BrowserError: it refuses.
        """
        self._number += 1
        own = self._number
        self._socket.send(json.dumps({"id": own, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == own:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']['message']}")
                result: dict[str, Any] = message["result"]
                return result
            self._note(message)

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression of JavaScript."""
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def visit(self, address: str, width: int, height: int) -> None:
        """Open an address in a window of this size."""
        self.requests, self.complaints, self._watched, self._open = [], [], {}, set()
        self._resize(width, height)
        self.call("Page.navigate", url=address)

    def settle(self, ready: str, quiet: float = 2.0) -> bool:
        """Wait until an expression is true and nothing is asked for, `quiet` seconds long; return whether."""
        deadline = time.monotonic() + _PATIENCE
        since = time.monotonic()
        while time.monotonic() < deadline:
            is_ready = self.evaluate(ready)  # hears of the requests meanwhile, too
            if self._open or not is_ready:
                since = time.monotonic()
            elif time.monotonic() - since > quiet:
                return True
            time.sleep(0.5)
        return False

    def answers(self) -> list[tuple[str, int, str]]:
        """Return address, status and body of the answers whose address holds `watched`."""
        return [
            (address, status, self.call("Network.getResponseBody", requestId=request)["body"])
            for request, (address, status) in list(self._watched.items())
        ]

    def picture(self, width: int, height: int) -> bytes:
        """Return the page as PNG, in a window of this size."""
        self._resize(width, height)
        time.sleep(1)
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def _resize(self, width: int, height: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def _note(self, message: dict[str, Any]) -> None:
        method, said = message.get("method"), message.get("params", {})
        request = said.get("requestId", "")
        if method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])
            self._open.add(request)
        elif method == "Network.responseReceived" and self.watched in said["response"]["url"]:
            self._watched[request] = (said["response"]["url"], said["response"]["status"])
        elif method in ("Network.loadingFinished", "Network.loadingFailed"):
            self._open.discard(request)
        elif method == "Log.entryAdded" and said["entry"]["level"] == "error":
            self.complaints.append(f"{said['entry']['text']} {said['entry'].get('url', '')}")
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(said["exceptionDetails"]["text"])


@contextmanager
def opened(watched: str, cookies: dict[str, str], domain: str) -> Iterator[Page]:
    """Start a browser that reaches only this machine, with cookies, and end it afterwards.

    Raises:
        BrowserError: none is installed.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise BrowserError("no Chromium is installed: install your system's package `chromium`")
    with tempfile.TemporaryDirectory() as profile:
        process = subprocess.Popen(
            [
                *(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
                *(
                    "--hide-scrollbars",
                    "--disable-dev-shm-usage",
                    "--remote-debugging-port=0",
                    "--remote-allow-origins=*",
                ),
                *("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={profile}"),
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            page = Page(_connected(Path(profile) / "DevToolsActivePort"), watched)
            for domain_of_events in ("Network", "Page", "Runtime", "Log"):
                page.call(f"{domain_of_events}.enable")
            for name, value in cookies.items():
                page.call("Network.setCookie", name=name, value=value, domain=domain, path="/")
            yield page
        finally:
            process.terminate()
            process.wait(20)


def _connected(file: Path) -> websocket.WebSocket:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if file.exists() and len(lines := file.read_text().split()) == 2:
            with urllib.request.urlopen(f"http://127.0.0.1:{lines[0]}/json/list") as answer:
                pages = [page for page in json.load(answer) if page["type"] == "page"]
            if pages:
                return websocket.create_connection(pages[0]["webSocketDebuggerUrl"], timeout=_PATIENCE)
        time.sleep(0.1)
    raise BrowserError("Chromium does not start")
