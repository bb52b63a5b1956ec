"""What `mkdocs` does besides: pages from files outside of docs/, the marts' reference, links."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
MARTS = ROOT / "dbt_project" / "models" / "marts"
OUTSIDE = {
    # page of the site → file it is made of
    "index.md": "README.md",
    "index.zh.md": "README.zh.md",
    "decisionlog.md": "DECISIONLOG.md",
    "changelog.md": "CHANGELOG.md",
}
REFERENCE = "marts_reference.md"

_LINK = re.compile(r"(!?\[([^\]]+)\])\(([^)\s]+)\)")


def on_files(files: Any, *, config: Any) -> Any:
    """Add the pages that do not lie in docs/, and put those that nobody listed at the end of the list."""
    from mkdocs.structure.files import File

    for page, name in OUTSIDE.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    files.append(File.generated(config, REFERENCE, content=reference()))
    listed = set(_listed(config["nav"]))
    others = sorted(file.src_uri for file in files.documentation_pages() if file.src_uri not in listed)
    if others:
        config["nav"].insert(2, {"Subjects": others})
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """Let blocks carry the file that they show as a title, and links lead to pages of the site."""
    here = OUTSIDE.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    named = re.sub(r"^```(\w+) (\S+)$", r'```\1 title="\2"', markdown, flags=re.MULTILINE)
    return _outside_of_blocks(named, lambda text: _LINK.sub(lambda found: _link(found, here), text))


def reference() -> str:
    """Return the reference of all marts: grain, key and columns, as their YAML says them."""
    parts = [
        "# Reference of the marts",
        "Every mart with its columns, types and key, from the models' own descriptions. What is worth "
        "knowing, and queries that work, are in [Marts](marts.md).",
    ]
    for folder in sorted(path for path in MARTS.iterdir() if path.is_dir()):
        parts.append(f"## {folder.name.capitalize()}")
        for path in sorted(folder.rglob("*.yml")):
            parts += _mart(yaml.safe_load(path.read_text(encoding="utf-8"))["models"][0])
    return "\n\n".join(parts) + "\n"


def _mart(model: dict[str, Any]) -> Iterator[str]:
    yield f"### `{model['name']}`"
    yield " ".join(model["description"].split())
    keys = [test["primary_key"] for test in model.get("data_tests", []) if "primary_key" in test]
    for key in keys:
        yield "Key: " + ", ".join(f"`{name}`" for name in key["arguments"]["columns"])
    rows = [
        f"| `{column['name']}` | {column['data_type']} | {_cell(column['description'])} |"
        for column in model["columns"]
        if not column["name"].startswith("_")
    ]
    yield "\n".join(["| column | type | |", "|---|---|---|", *rows])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _listed(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    for part in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else []:
        yield from _listed(part)


def _link(found: re.Match[str], here: str) -> str:
    """Lead a link or picture to where its target is on the site; what is not on it is named only."""
    shown, text, target = found.groups()
    if re.match(r"[a-z]+:|#", target):
        return found[0]
    file, mark, anchor = target.partition("#")
    place = posixpath.normpath(posixpath.join(posixpath.dirname(here), file))
    pages = {name: page for page, name in OUTSIDE.items()}
    if place in pages:
        return f"{shown}({pages[place]}{mark}{anchor})"
    if place.startswith("docs/") and (place.endswith(".md") or shown.startswith("!")):
        return f"{shown}({place.removeprefix('docs/')}{mark}{anchor})"
    return text


def _outside_of_blocks(markdown: str, change: Any) -> str:
    parts = re.split(r"(^```.*?^```$)", markdown, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith("```") else change(part) for part in parts)
