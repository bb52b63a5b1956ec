from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from evergreen import settings as settings_module
from evergreen.cli.main import call


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line of an error."""
        [line] = self.err.splitlines()
        return line


Evergreen = Callable[..., Said]


@pytest.fixture
def evergreen(capsys: pytest.CaptureFixture[str]) -> Iterator[Evergreen]:
    """Call the command line in this process, and take back what it did to the process' signals."""
    handlers = {known: signal.getsignal(known) for known in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def run(*arguments: str | Path) -> Said:
        capsys.readouterr()
        code = call([str(argument) for argument in arguments])
        return Said(code, *capsys.readouterr())

    yield run
    for known, handler in handlers.items():
        signal.signal(known, handler)


@pytest.fixture
def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home that does not exist; at the end it must not exist either."""
    home = tmp_path / "no home"
    monkeypatch.setenv("EVERGREEN_HOME", str(home))
    monkeypatch.delenv("EVERGREEN_DATABASE_URL", raising=False)
    settings_module.reset()
    yield home
    left = sorted(str(path.relative_to(home)) for path in home.rglob("*"))
    settings_module.reset()
    assert not home.exists(), f"the command left {left}"
