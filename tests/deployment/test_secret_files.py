"""Settings that come as files, as containers get them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evergreen import settings as settings_module
from evergreen.settings import settings


@pytest.fixture
def secret_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of secrets in the place of /run/secrets."""
    monkeypatch.setattr(settings_module, "SECRET_FILES", tmp_path)
    monkeypatch.delenv("EVERGREEN_PSEUDONYM_KEY", raising=False)
    settings_module.reset()
    yield tmp_path
    settings_module.reset()


def test_a_file_sets_what_the_environment_does_not(
    secret_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (secret_files / "evergreen_pseudonym_key").write_text("from the file\n")
    key = settings().pseudonym_key
    assert key is not None
    assert key.get_secret_value() == "from the file"
    monkeypatch.setenv("EVERGREEN_PSEUDONYM_KEY", "from the environment")
    settings_module.reset()
    key = settings().pseudonym_key
    assert key is not None
    assert key.get_secret_value() == "from the environment"
