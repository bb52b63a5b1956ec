"""A server that may be killed, and a warehouse in it that can be put back to the evening of the first day."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import discard_home, make_hasty_server
from evergreen import settings as settings_module
from faults.house import House
from servers import server_version


@pytest.fixture(scope="module")
def fragile_home() -> Iterator[Path]:
    """A home of its own: other tests do not notice what happens to its server."""
    base = Path(tempfile.mkdtemp(prefix="evergreen-faults-"))
    base.chmod(0o711)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATABASE_URL", "PSEUDONYM_KEY"):
            patch.delenv(f"EVERGREEN_{name}", raising=False)
        for name, value in {"EVERGREEN_HOME": str(base / "home"), **server_version()}.items():
            patch.setenv(name, value)
        settings_module.reset()
        try:
            make_hasty_server()
            yield base / "home"
        finally:
            discard_home()
            shutil.rmtree(base, ignore_errors=True)
    settings_module.reset()


@pytest.fixture(scope="module")
def undisturbed(fragile_home: Path, tmp_path_factory: pytest.TempPathFactory) -> House:
    """What a warehouse looks like after the first and after the second day, if nothing happens to it."""
    house = House(fragile_home, tmp_path_factory.mktemp("mill"))
    house.live_undisturbed()
    return house


@pytest.fixture
def house(undisturbed: House) -> House:
    """The warehouse on the evening of the first day, and the file of the second day delivered."""
    undisturbed.put_back()
    return undisturbed
