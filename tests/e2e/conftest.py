from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.home import Home

SHARED = Path(os.environ.get("EVERGREEN_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real orders; without it the tests that need it are skipped."""
    if not (SHARED / "online_retail").is_dir():
        pytest.skip(f"needs real orders in {SHARED} (or where EVERGREEN_TEST_DATA says)")
    return SHARED


@pytest.fixture(scope="session")
def online_retail_days(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One CSV file per trading day, oldest first."""
    folder = tmp_path_factory.mktemp("online retail")
    with tarfile.open(real_data / "online_retail" / "by-day.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return sorted(folder.rglob("*.csv"))


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
