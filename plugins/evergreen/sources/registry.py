"""The source definitions of a project: `sources/*.yml`, read, checked, and held against each other."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from evergreen import progress
from evergreen.errors import EvergreenError, did_you_mean, instead_of
from evergreen.settings import settings
from evergreen.sources import access, definition
from evergreen.sources.definition import Source
from evergreen.sources.positions import Document, parse_yaml, read_yaml
from evergreen.sources.strict import Misplaced


def load_all(project: Path | None = None) -> dict[str, Source]:
    """Read every definition of the project, by name, in order of the names.

    Args:
        project: root of the checkout; None takes the settings' own.

    Raises:
        EvergreenError: a file is wrong; one line with file, line, column and key.
    """
    folder = _folder(project)
    return {path.stem: read(path) for path in sorted(folder.glob("*.yml"))}


def load_sound() -> dict[str, Source]:
    """Read the definitions of the project that are sound, by name; of each other one say what is wrong.

    For what looks after many sources: a mistake in one is for its own runs to fail by, not for the others.

    Raises:
        EvergreenError: there is no folder of definitions.
    """
    sound = {}
    for path in sorted(_folder(None).glob("*.yml")):
        try:
            sound[path.stem] = read(path)
        except EvergreenError as error:
            progress.note(f"{error}")
    return sound


def load(name: str, project: Path | None = None) -> Source:
    """Read one definition.

    Raises:
        EvergreenError: there is no such source, or its file is wrong.
    """
    folder = _folder(project)
    path = folder / f"{name}.yml"
    known = sorted(p.stem for p in folder.glob("*.yml"))
    if name not in known:
        raise EvergreenError(f"source {name}: no {path}: {instead_of(name, known)}")
    return read(path)


def read(path: Path) -> Source:
    """Read and check the definition in `path`, whose name is the source's.

    Raises:
        EvergreenError: see `load_all`.
    """
    return _checked(read_yaml(path))


def parse(text: str, path: Path) -> Source:
    """Check the text of a definition that is to stand in `path`, whose name is the source's.

    Raises:
        EvergreenError: see `load_all`.
    """
    return _checked(parse_yaml(text, path))


def _checked(document: Document) -> Source:
    path = document.path
    if not isinstance(document.content, dict):
        raise EvergreenError(f"{path}: holds no definition: begin with `source: {path.stem}`")
    try:
        source = Source.model_validate(document.content)
    except ValidationError as error:
        raise EvergreenError(_first_problem(document, error)) from None
    if source.source != path.stem:
        line, column = document.position(["source"])
        raise EvergreenError(
            f"{path}, line {line}, column {column}: source: is {source.source!r}, but the file's name says "
            f"{path.stem!r}: make them equal"
        )
    return source


def _folder(project: Path | None) -> Path:
    """Return the folder of the definitions.

    Raises:
        EvergreenError: it is not there.
    """
    folder = (project or settings().project) / "sources"
    if not folder.is_dir():
        raise EvergreenError(
            f"{folder}: not found: source definitions are expected there: "
            "set EVERGREEN_PROJECT to the checkout, or unset it"
        )
    return folder


def _first_problem(document: Document, error: ValidationError) -> str:
    """Put the first mistake into one line: file, line, column, key, what is wrong, what would be right."""
    problems = [
        (_place(document.content, (*problem["loc"], *_below_that(problem))), problem)
        for problem in error.errors()
    ]
    # An unknown key first: it is often the one that is missing, misspelt.
    place, problem = min(
        problems, key=lambda item: (item[1]["type"] != "extra_forbidden", document.position(item[0]))
    )
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = "unknown key" + _advice(place)
    elif problem["type"] == "missing":
        message = "is missing"
    else:
        message = message[0].lower() + message[1:] if message.startswith("Input") else message
    if len(error.errors()) > 1:
        message += f" (and {len(error.errors()) - 1} more)"
    line, column = document.position(place)
    key = ".".join(str(part) for part in place)
    return f"{document.path}, line {line}, column {column}: {f'{key}: ' if key else ''}{message}"


def _below_that(problem: Mapping[str, Any]) -> tuple[str, ...]:
    mistake = problem.get("ctx", {}).get("error")
    return mistake.place if isinstance(mistake, Misplaced) else ()


def _place(content: Any, location: Sequence[str | int]) -> list[Hashable]:
    """Turn pydantic's location into keys of the file.

    Names of union members are left out, and columns, which we number, get their names back.
    """
    place: list[Hashable] = []
    here = content
    for part in location:
        if isinstance(here, dict) and isinstance(part, int) and part < len(here):
            key: Hashable = list(here)[part]
        elif isinstance(here, dict) and part not in here and part is not location[-1]:
            continue
        else:
            key = part
        place.append(key)
        here = _below(here, key)
    return place


def _below(here: Any, key: Hashable) -> Any:
    if isinstance(here, dict):
        return here.get(key)
    if isinstance(here, list) and isinstance(key, int) and key < len(here):
        return here[key]
    return None


def _advice(place: Sequence[Hashable]) -> str:
    """Suggest the known key that is nearest to the last one of `place`, or list what there is."""
    models: dict[tuple[str, ...], type[BaseModel]] = {
        (): definition.Source,
        ("http",): access.HttpAccess,
        ("tables", "*"): definition.Table,
        ("tables", "*", "columns", "*"): definition.Column,
        ("tables", "*", "files", "*"): access.FileFormat,
        ("tables", "*", "files"): access.FileFormat,
        ("tables", "*", "http"): access.HttpTable,
        ("tables", "*", "http", "paging"): access.Paging,
        ("tables", "*", "delivered_on"): access.DeliveredOn,
        ("tables", "*", "schema_policy"): definition.SchemaPolicy,
    }
    for pattern, model in models.items():
        around = place[:-1]
        if len(around) == len(pattern) and all(
            p in ("*", str(a)) for p, a in zip(pattern, around, strict=True)
        ):
            known = [
                f.alias or n for n, f in model.model_fields.items() if n not in _GIVEN.get(model.__name__, ())
            ]
            near = did_you_mean(str(place[-1]), known)
            return f": {near or 'known are ' + ', '.join(known)}"
    return ""


_GIVEN: dict[str, set[str]] = {"Table": {"source", "name"}, "Column": {"name"}}
"""Fields that are not written in the file: the key in front says them."""
