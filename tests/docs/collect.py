"""What the documentation shows: pages, blocks of code, commands, queries.

A block's info string is its language, and after a blank the file that it is the content of, if it is one:
```` ```yaml sources/bookshop.yml ````. Blocks of `sql` are queries for the reader; models are `jinja`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHELL = {"bash", "sh", "console"}
_SEPARATORS = {"|", "||", "&&", ";", "&"}
_REDIRECTIONS = {">", ">>", "<"}


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is that of its first line of content, `file` is '' where it is no file."""

    page: Path
    line: int
    language: str
    file: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A command of a shell, without what is piped into or out of it.

    is_mention: it stands in the running text, and may be named without its arguments.
    """

    where: str
    words: tuple[str, ...]
    is_mention: bool = False

    @property
    def program(self) -> str:
        return self.words[0].rpartition("/")[2]


@dataclass(frozen=True)
class Query:
    """A statement that the reader may run against the marts."""

    where: str
    sql: str


def pages() -> list[Path]:
    """Return the README in its languages and the pages of docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.zh.md"]


def blocks(*languages: str) -> list[Block]:
    """Return the fenced blocks of all pages, of these languages or of any."""
    found = [block for page in pages() for block in _blocks(page)]
    return [block for block in found if not languages or block.language in languages]


def queries() -> list[Query]:
    """Return every query that the documentation shows, in blocks of SQL and after `evergreen sql`."""
    found = [Query(block.where, block.text.rstrip().rstrip(";")) for block in blocks("sql")]
    for command in commands():
        statement = command.words[2:3]
        if (
            command.program == "evergreen"
            and command.words[1:2] == ("sql",)
            and statement not in ((), ("-",))
        ):
            found.append(Query(command.where, statement[0]))
    return found


def commands() -> list[Command]:
    """Return every command in blocks of a shell, and those of ours in the running text."""
    found = []
    for block in blocks(*SHELL):
        text = re.sub(r"\\\n\s*", " ", block.text)
        for offset, line in enumerate(text.splitlines()):
            where = f"{block.page.relative_to(ROOT)}:{block.line + offset}"
            found += [Command(where, words) for words in _commands(line)]
    for page in pages():
        for number, code in _code_spans(page):
            # an ellipsis or an angle bracket stands for something
            if re.match(r"(\.venv/bin/)?(evergreen|make) ", code) and not re.search("…|<", code):
                where = f"{page.relative_to(ROOT)}:{number}"
                found += [Command(where, words, is_mention=True) for words in _commands(code)]
    return found


def prose(page: Path) -> list[str]:
    """Return the lines of a page, those of blocks left empty."""
    lines, inside = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        fence = line.startswith("```")
        lines.append("" if fence or inside else line)
        inside ^= fence
    return lines


def section(page: Path, heading: str) -> str:
    """Return the text below a heading, up to the next one of the same or a higher level."""
    found: list[str] = []
    level = 0
    for line in prose(page):
        match = re.match(r"(#+) (.*)", line)
        if match and level and len(match[1]) <= level:
            break
        if match and match[2] == heading:
            level = len(match[1])
        elif level:
            found.append(line)
    assert level, f"{page.relative_to(ROOT)} has no heading {heading!r}"
    return "\n".join(found)


def table(text: str) -> list[list[str]]:
    """Return the cells of the first table in a text, without its headers."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if re.match(r"\|[-|]+\|$", line))
    rows = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


def code_in(text: str) -> list[str]:
    """Return what stands between backquotes."""
    return re.findall(r"`([^`]+)`", text)


def _blocks(page: Path) -> Iterator[Block]:
    opened: tuple[int, str, str] | None = None
    content: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.startswith("```"):
            content.append(line)
        elif opened is None:
            language, _, file = line[3:].strip().partition(" ")
            opened, content = (number + 1, language, file.strip()), []
        else:
            yield Block(page, *opened, "\n".join(content) + "\n")
            opened = None
    assert opened is None, f"{page}: the block at line {opened} does not end"


def _code_spans(page: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(prose(page), start=1):
        for code in code_in(line):
            yield number, code


def _commands(line: str) -> Iterator[tuple[str, ...]]:
    """Take a line of a shell apart; commands within `$(…)` count too."""
    for inner in re.findall(r"\$\(([^()]*)\)", line):
        yield from _commands(inner)
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    tokens = iter([*lexer, ";"])
    for token in tokens:
        if token in _REDIRECTIONS:
            next(tokens)
        elif token not in _SEPARATORS:
            words.append(token)
        elif words:
            yield _without_variables(words)
            words = []


def _without_variables(words: list[str]) -> tuple[str, ...]:
    while len(words) > 1 and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    return tuple(words)
