"""A file appears under its name whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evergreen.appearing import appearing
from evergreen.errors import EvergreenError


@pytest.mark.parametrize("name", ["", ".", "/", "/tmp"])
def test_a_folder_is_no_file(name: str) -> None:
    with pytest.raises(EvergreenError, match=r"cannot be written \(Is a directory\)"), appearing(Path(name)):
        pytest.fail("there was something to write to")


def test_what_fails_leaves_the_file_before(tmp_path: Path) -> None:
    path = tmp_path / "marts.csv"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(EvergreenError, match="cannot be written"), appearing(path) as beside:
        beside.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("marts.csv", "old")]


def test_two_who_write_the_same_file_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "marts.csv"
    with appearing(path) as ours:
        ours.write_text("ours", encoding="utf-8")
        with monkeypatch.context() as other:
            other.setattr(os, "getpid", lambda: 1)
            with appearing(path) as theirs:
                theirs.write_text("theirs", encoding="utf-8")
        assert path.read_text() == "theirs"
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("marts.csv", "ours")]
