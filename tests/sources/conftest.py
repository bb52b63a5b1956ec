"""What the readers' tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data sets; the test is skipped where it is not at hand."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("EVERGREEN_TEST_DATA", beside))
    if not (folder / "README.md").is_file():
        pytest.skip(f"real data is not at {folder}: set EVERGREEN_TEST_DATA")
    return folder
