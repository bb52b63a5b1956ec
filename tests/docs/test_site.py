"""The documentation as a site: it builds, loads nothing from elsewhere, and has every page and mart."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from docs.collect import ROOT, pages
from docs.test_docs_reference import MART_MODELS


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr  # warnings count: links that lead nowhere, missing anchors
    return folder


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_hooks", ROOT / "docs" / "_site.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_is_there(site: Path, hooks: ModuleType) -> None:
    made = {name: page for page, name in hooks.OUTSIDE.items()}
    for page in pages():
        name = page.relative_to(ROOT).as_posix()
        file = made.get(name, name.removeprefix("docs/")).removesuffix(".md") + ".html"
        assert (site / file).exists(), file
        assert f'href="{file}"' in (site / "marts_reference.html").read_text(), f"{file} is not in the list"


def test_nothing_comes_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|img|link|iframe)[^>]+(?:src|href)="(https?:[^"]+)"', page.read_text()
        )
        assert not loaded, f"{page.name}: {loaded}"


def test_the_reference_has_every_mart_and_column(site: Path) -> None:
    text = (site / "marts_reference.html").read_text()
    for mart in MART_MODELS:
        assert f'id="{mart}"' in text
    assert "gross_revenue_retention" in text


@pytest.mark.parametrize(
    ("link", "here", "expected"),
    [
        ("[a](docs/marts.md#core)", "README.md", "[a](marts.md#core)"),
        ("[a](../DECISIONLOG.md)", "docs/marts.md", "[a](decisionlog.md)"),
        ("[a](../sources/cdnow.yml)", "docs/sources.md", "a"),
        ("[a](marts.md)", "docs/operations.md", "[a](marts.md)"),
        ("![a](docs/a/b.png)", "README.md", "![a](a/b.png)"),
        ("![a](holdout.svg)", "docs/prediction.md", "![a](holdout.svg)"),
        ("[a](https://example.org)", "README.md", "[a](https://example.org)"),
    ],
)
def test_links_lead_to_pages_of_the_site(hooks: ModuleType, link: str, here: str, expected: str) -> None:
    assert hooks._LINK.sub(lambda found: hooks._link(found, here), link) == expected


def test_blocks_are_left_alone(hooks: ModuleType) -> None:
    text = "x\n```sql\n[a](b)\n```\ny"
    assert hooks._outside_of_blocks(text, str.upper) == "X\n```sql\n[a](b)\n```\nY"
