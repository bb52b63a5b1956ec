"""YAML with the line of every key, so that a mistake can be pointed at."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evergreen.errors import EvergreenError

Place = tuple[Hashable, ...]


@dataclass
class Document:
    """A parsed file: its content, and for each path of keys the line and column (from 1) where it stands."""

    path: Path
    content: Any
    positions: dict[Place, tuple[int, int]] = field(default_factory=dict)

    def position(self, place: Sequence[Hashable]) -> tuple[int, int]:
        """Return line and column of `place`, or of the nearest thing around it that stands in the file."""
        for length in range(len(place), -1, -1):
            found = self.positions.get(tuple(place[:length]))
            if found:
                return found
        return 1, 1


def read_yaml(path: Path) -> Document:
    """Read a YAML file.

    Raises:
        EvergreenError: it cannot be read, or see `parse_yaml`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise EvergreenError(f"{path}: not found") from None
    except UnicodeDecodeError as error:
        raise EvergreenError(f"{path}: byte {error.start + 1} is not UTF-8: save the file as UTF-8") from None
    except OSError as error:
        raise EvergreenError(f"{path}: cannot be read ({error.strerror})") from None
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path) -> Document:
    """Parse the text of a YAML file; `path` is for messages.

    Raises:
        EvergreenError: it is no YAML, or says a key twice; names line and column.
    """
    try:
        loader = yaml.SafeLoader(text)
        try:
            root = loader.get_single_node()
            document = Document(path, None)
            if root is not None:
                _note_positions(root, (), document)
                document.content = loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
        raise EvergreenError(f"{where}: not valid YAML: {_one_line(error.problem or error)}") from None
    except yaml.YAMLError as error:
        raise EvergreenError(f"{path}: not valid YAML: {_one_line(error)}") from None
    return document


def _note_positions(node: yaml.Node, place: Place, document: Document) -> None:
    document.positions.setdefault(place, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*place, getattr(key, "value", None))
            line, column = key.start_mark.line + 1, key.start_mark.column + 1
            if below in document.positions:
                first = document.positions[below][0]
                raise EvergreenError(
                    f"{document.path}, line {line}, column {column}: "
                    f"{'.'.join(map(str, below))}: said before, in line {first}: keep one"
                )
            document.positions[below] = (line, column)
            _note_positions(value, below, document)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_positions(value, (*place, index), document)


def _one_line(message: object) -> str:
    return " ".join(str(message).split())
