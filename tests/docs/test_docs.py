"""What the documentation names is there: commands, options, targets, links, files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from typer.exceptions import TyperException

from docs.collect import ROOT, Block, Command, blocks, code_in, commands, pages, prose
from evergreen.cli.main import app
from evergreen.sources import registry

OPERATIONS = ROOT / "docs" / "operations.md"
TOP_FOLDERS = ("dags", "dbt_project", "docs", "expectations", "plugins", "sources", "tests")
# What a reader may be asked to type besides our own command.
PROGRAMS = {"evergreen", "make", "export"}


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that does something, with its words."""
    if hasattr(command, "commands"):
        for name, below in command.commands.items():
            yield from leaves(below, (*path, name))
    else:
        yield path, command


def evergreen(*words: str) -> None:
    """Let the command line understand `words`, and do nothing."""
    command = typer.main.get_command(app)
    for _, leaf in leaves(command):
        leaf.callback = lambda *_, **__: None
    command(args=list(words), prog_name="evergreen", standalone_mode=False)


def show(command: Command) -> str:
    return f"{command.where} {' '.join(command.words)}"


@pytest.mark.parametrize("command", commands(), ids=show)
def test_commands_are_understood(command: Command) -> None:
    if command.program == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(command.words[1:]) <= set(targets)
    elif command.program == "evergreen":
        paths = [path for path, _ in leaves(typer.main.get_command(app))]
        if command.is_mention and command.words[1:] in paths:
            return  # named without its arguments
        evergreen(*command.words[1:])
    else:
        assert command.program in PROGRAMS, f"{command.where}: no test knows {command.program}"


@pytest.mark.parametrize("words", ["rn", "run --form csv", "sql", "url --role boss", "quarantine show x"])
def test_what_is_not_understood_fails(words: str) -> None:
    with pytest.raises(TyperException):
        evergreen(*words.split())


def test_sources_in_commands_are_known() -> None:
    known = set(registry.load_all(ROOT)) | {
        yaml.safe_load(block.text).get("source") for block in blocks("yaml")
    }
    for command in commands():
        known |= set(command.words[3:4]) if command.words[1:3] == ("source", "add") else set()
    for command in commands():
        for option, value in zip(command.words, command.words[1:], strict=False):
            if option == "--source" and value != "NAME=PATH":
                assert value.partition("=")[0] in known, command.where


def test_every_command_and_option_is_documented() -> None:
    text = OPERATIONS.read_text()
    for path, leaf in leaves(typer.main.get_command(app)):
        assert f"`evergreen {' '.join(path)}`" in text
        assert any(command.words[1:][: len(path)] == path for command in commands()), path
        for parameter in leaf.params:
            for option in parameter.opts:
                assert option in text or not option.startswith("--"), f"{' '.join(path)} {option}"


def test_links_lead_somewhere() -> None:
    for page in pages():
        for target in re.findall(r"\]\(([^)\s]+)\)", "\n".join(prose(page))):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            place = (page.parent / file).resolve() if file else page
            assert place.exists(), f"{page.name}: {target}"
            if anchor:
                assert anchor in anchors(place), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    headings = [match[1] for line in prose(page) if (match := re.match(r"#+ (.*)", line))]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_pages_are_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    for page in pages()[1:]:
        elsewhere = "\n".join(other.read_text() for other in pages() if other != page)
        assert page.name in elsewhere, page
    assert "docs/" in readme


def test_files_that_are_named_exist() -> None:
    shown = {block.file for block in blocks()}
    for page in pages():
        for code in code_in("\n".join(prose(page))):
            if re.match(rf"({'|'.join(TOP_FOLDERS)})/[\w./*-]*$", code):
                assert code in shown or any(ROOT.glob(code.rstrip("/"))), f"{page.name}: {code}"


@pytest.mark.parametrize(
    "block", [block for block in blocks("yaml") if not block.file], ids=lambda block: block.where
)
def test_definitions_are_valid(block: Block, tmp_path: Path) -> None:
    path = tmp_path / f"{yaml.safe_load(block.text)['source']}.yml"
    path.write_text(block.text)
    registry.read(path)


def test_blocks_say_what_they_are() -> None:
    for block in blocks():
        if block.language:
            assert block.language in {"bash", "csv", "jinja", "json", "sql", "text", "yaml"}, block.where
