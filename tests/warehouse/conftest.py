"""Homes of their own, for tests that start, break and stop servers."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from evergreen import progress, settings
from evergreen.warehouse import binaries, cluster, postmaster, server
from evergreen.warehouse.connections import Warehouse

MakeHome = Callable[[str], Path]


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder that any user can pass through, as pytest's own cannot."""
    folder = Path(tempfile.mkdtemp(prefix="evergreen-tests-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def use_home(base: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeHome]:
    """Point EVERGREEN_HOME to a home of this name, now and as often as one likes; its server is removed."""
    monkeypatch.delenv("EVERGREEN_DATABASE_URL", raising=False)
    with ExitStack() as removals:

        def use(name: str) -> Path:
            removals.enter_context(_removed(base / name, monkeypatch))
            return base / name

        yield use
    settings.reset()


@contextmanager
def _removed(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def choose() -> None:
        monkeypatch.setenv("EVERGREEN_HOME", str(home))
        settings.reset()

    choose()
    try:
        yield
    finally:
        choose()
        monkeypatch.delenv("EVERGREEN_DATABASE_URL", raising=False)
        for version in binaries.INSTALLATIONS:
            monkeypatch.setenv("EVERGREEN_POSTGRES_VERSION", str(version))
            settings.reset()
            if running := server.info():  # at once: nobody needs what it has not written yet
                postmaster.end(running.pid, how=signal.SIGQUIT)
            server.stop()
        monkeypatch.delenv("EVERGREEN_POSTGRES_VERSION")
        settings.reset()
        outside = cluster.outside_place().base
        assert outside.parent == binaries.SHARED
        shutil.rmtree(outside, ignore_errors=True)


@pytest.fixture
def home(use_home: MakeHome) -> Path:
    """A home that does not exist yet, with a blank in its name."""
    return use_home("my home")


@pytest.fixture(scope="session")
def template_home(session_warehouse: Warehouse) -> Iterator[Path]:
    """A home whose server has run once and is stopped, to be copied: initdb takes most of a start."""
    folder = Path(tempfile.mkdtemp(prefix="evergreen-tests-"))
    folder.chmod(0o711)
    with pytest.MonkeyPatch.context() as patch, _removed(folder / "home", patch):
        server.ensure_running()
        server.stop()
        subprocess.run(["cp", "-a", folder / "home", folder / "kept"], check=True)
    settings.reset()
    yield folder / "kept"
    shutil.rmtree(folder)


@pytest.fixture
def made_home(home: Path, template_home: Path) -> Path:
    """A home that has a server already, stopped."""
    subprocess.run(["cp", "-a", template_home, home], check=True)
    return home


@pytest.fixture
def notes() -> Iterator[list[str]]:
    """What is said to people meanwhile."""
    said: list[str] = []

    class Listener(progress.LogSink):
        def note(self, text: str) -> None:
            said.append(text)

    progress.use(Listener())
    yield said
    progress.use(progress.LogSink())
