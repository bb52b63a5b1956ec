"""docs/own_shop.md, followed to the letter on the file that it shows: from an export to its cohorts."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docs.collect import ROOT, Block, blocks
from e2e.home import COMMAND, Home

PAGE = ROOT / "docs" / "own_shop.md"


@pytest.fixture(scope="module")
def project(new_home: Callable[[], Home]) -> Iterator[Path]:
    """A checkout of the reader's own, in which the page's file lies in the folder that it names."""
    root = new_home().path.parent / "checkout"
    for name in ("dags", "dbt_project", "expectations", "plugins", "sources"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("target", "logs"))
    for block in of_page("csv"):
        (root / block.file).parent.mkdir()
        (root / block.file).write_text(block.text)
    yield root


def of_page(*languages: str) -> list[Block]:
    return [block for block in blocks(*languages) if block.page == PAGE]


def test_the_page_does_what_it_says(project: Path, new_home: Callable[[], Home]) -> None:
    home = new_home()
    environment = home.environment | {
        "EVERGREEN_PROJECT": str(project),
        "PATH": f"{COMMAND.parent}:{os.environ['PATH']}",
    }

    def type_in(line: str) -> str:
        done = subprocess.run(
            ["bash", "-c", line], env=environment, cwd=project, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    said = ""
    for block in of_page():
        if block.language == "bash":
            said = "".join(type_in(line) for line in block.text.splitlines())
        elif block.language == "text":
            assert block.text in said, block.where
        elif block.language == "yaml":
            assert (project / block.file).read_text() == block.text, block.where
    assert "2026-01-01" in said, "the page ends with the cohorts"
    assert "2026-04-02" in (home.path / "reports" / "release-1.html").read_text(), "as of the last order"
    assert sqlfluff(project) == 0

    loaded_anew = "select count(*) as batches, count(forgotten_in) as forgotten from audit.load_batches"
    live = "select release_id, is_full, (select sum(net_revenue) from orders) from releases where is_live"
    before = type_in(f'evergreen sql "{live}" --format csv').splitlines()[1]
    type_in("evergreen source remove tea_shop --loaded-only --yes && evergreen run")
    assert type_in(f'evergreen sql "{loaded_anew}" --format csv').split() == ["batches,forgotten", "2,1"]
    assert type_in(f'evergreen sql "{live}" --format csv').splitlines()[1] == before.replace("1,", "2,", 1)
    type_in("evergreen source remove tea_shop --yes")
    assert not [path for path in project.rglob("*tea_shop*") if "target" not in path.parts]
    text = "dbt_project/dbt_project.yml"
    assert (project / text).read_text() == (ROOT / text).read_text()


def sqlfluff(project: Path) -> int:
    """Judge the style of the models that were written, as that of all others."""
    shutil.copy(ROOT / ".sqlfluff", project)
    folders = [f"dbt_project/models/{layer}/tea_shop" for layer in ("staging", "input_layer")]
    linter = [COMMAND.with_name("sqlfluff"), "lint", "--disable-progress-bar", *folders]
    return subprocess.run(linter, cwd=project, check=False).returncode
