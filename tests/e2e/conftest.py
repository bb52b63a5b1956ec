from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.home import Home


@pytest.fixture(scope="module")
def new_home() -> Iterator[Callable[[], Home]]:
    """Make homes, in a folder with a blank in its name; their servers are stopped at the end."""
    base = Path(tempfile.mkdtemp(prefix="evergreen e2e-"))
    base.chmod(0o711)
    homes: list[Home] = []

    def make() -> Home:
        homes.append(Home(base / f"home {len(homes) + 1}"))
        return homes[-1]

    try:
        yield make
    finally:
        for home in homes:
            if home.path.exists():
                home.evergreen("stop")
        shutil.rmtree(base, ignore_errors=True)
