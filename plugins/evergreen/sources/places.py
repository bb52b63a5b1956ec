"""Folders and files, on this machine or in an object store, behind one small interface."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from evergreen.errors import EvergreenError
from evergreen.sources.locations import redacted, scheme

UNFINISHED = re.compile(r"(^|/)[._~]|(\.part|\.tmp|\.crdownload|~)$")
"""Files and folders that belong to whoever is still writing them, or to nobody."""

WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers")
"""How files end that spreadsheet programs write for themselves."""

_TAGS = ("ETag", "etag", "md5Hash", "content_md5")
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "created")


@dataclass(frozen=True)
class PlacedFile:
    """A file.

    name: path relative to the location.
    address: the whole path, for messages.
    size: bytes.
    fingerprint: equal fingerprint = the same content.
    """

    name: str
    address: str
    size: int
    fingerprint: str
    opener: Callable[[], BinaryIO]

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open for reading bytes.

        Raises:
            EvergreenError: it is gone, or may not be read.
        """
        try:
            file = self.opener()
        except Exception as error:  # each object store has its own kinds
            raise EvergreenError(f"{self.address}: cannot be opened ({_reason(error)})") from None
        with file:
            yield file


def list_files(location: str) -> list[PlacedFile]:
    """List the files at `location`: all below a folder, or the one file it names, in order of their names.

    Raises:
        EvergreenError: there is nothing there, or it cannot be reached.
    """
    if scheme(location) in ("", "file"):
        return _local(Path(re.sub(r"^file://", "", location)).expanduser())
    return _remote(location)


def matches(name: str, pattern: str) -> bool:
    """Whether a relative path fits a pattern; `.gz` at its end is seen through.

    A pattern without `/` is about the file's name in any folder; one with `/` is about its last parts.
    """
    parts = PurePosixPath(name.removesuffix(".gz")).parts
    wanted = PurePosixPath(pattern).parts
    ending = parts[-len(wanted) :]
    return len(ending) == len(wanted) and all(map(fnmatch.fnmatchcase, ending, wanted))


def workbook_advice(names: Iterable[str]) -> str:
    """Return what to do where one of the files is a spreadsheet's own, which nothing here reads; else ''."""
    found = next((name for name in names if name.lower().endswith(WORKBOOKS)), None)
    if found is None:
        return ""
    return f"; {found} is a spreadsheet program's own format: save it as CSV (UTF-8)"


def _local(root: Path) -> list[PlacedFile]:
    if root.is_dir():
        placed = (_below(path, root) for path in _each_once(root))
        return sorted((file for file in placed if file), key=_by_name)
    try:
        return [_placed(root, root.name)]
    except FileNotFoundError:
        raise EvergreenError(f"{root}: not found: give a folder or a file that exists") from None
    except OSError as error:
        raise EvergreenError(f"{root}: cannot be read ({error.strerror})") from None


def _each_once(root: Path) -> list[Path]:
    """List what lies in a folder and below, once: what a link like `latest` leads to, under its own name."""
    found: dict[str, Path] = {}
    followed: set[str] = set()
    top = Path(os.path.realpath(root))
    for folder, folders, names in os.walk(root, followlinks=True, onerror=_refuse):
        here = Path(folder)
        ready = sorted(name for name in folders if not UNFINISHED.search(name))
        folders[:] = [name for name in ready if _leads_on(here / name, followed)]
        for path in sorted(here / name for name in names if not UNFINISHED.search(name)):
            real = os.path.realpath(path)
            if real not in found or Path(real) == top / path.relative_to(root):
                found[real] = path
    return list(found.values())


def _leads_on(folder: Path, followed: set[str]) -> bool:
    """Tell whether to walk a folder: a link to where another one has led would go round in circles."""
    if not folder.is_symlink():
        return True
    real = os.path.realpath(folder)
    if real in followed:
        return False
    followed.add(real)
    return True


def _below(path: Path, root: Path) -> PlacedFile | None:
    """Return a file of a folder; None if it was taken away meanwhile, or is none: a pipe would never end.

    Raises:
        EvergreenError: it cannot be looked at, such as a link to what is not there.
    """
    try:
        return _placed(path, path.relative_to(root).as_posix()) if _is_file(path) else None
    except FileNotFoundError:
        if not path.is_symlink():
            return None
        raise EvergreenError(
            f"{path}: is a link to {path.readlink()}, which is not there: mend the link or remove it"
        ) from None
    except OSError as error:
        raise EvergreenError(f"{path}: cannot be read ({error.strerror})") from None


def _is_file(path: Path) -> bool:
    """Tell like `Path.is_file`, but let it be known where nothing is there."""
    return stat.S_ISREG(path.stat().st_mode)


def _placed(path: Path, name: str) -> PlacedFile:
    status = path.stat()
    fingerprint = f"{status.st_size}:{status.st_mtime_ns}"
    return PlacedFile(name, str(path), status.st_size, fingerprint, lambda: path.open("rb"))


def _remote(location: str) -> list[PlacedFile]:
    try:
        store, top = _store(location)
        store.invalidate_cache()
        # One listing of the whole tree; asking file by file would cost a request each.
        below: dict[str, dict[str, Any]] = store.find(top, detail=True)
    except Exception as error:  # each object store has its own kinds
        raise EvergreenError(f"{redacted(location)}: cannot be reached ({_remote_reason(error)})") from None
    if not below:
        raise EvergreenError(f"{redacted(location)}: not found: give a folder or a file that exists")
    root = PurePosixPath(top.strip("/"))
    found = []
    for path, details in below.items():
        here = PurePosixPath(path.strip("/"))
        name = here.name if here == root else here.relative_to(root).as_posix()
        address = f"{scheme(location)}://{path.lstrip('/')}"
        found.append(_remotely_placed(store, path, details, name, address))
    return sorted((file for file in found if not UNFINISHED.search(file.name)), key=_by_name)


def _store(location: str) -> tuple[Any, str]:
    """Return the store and the path in it; Airflow's connections hold the credentials, `s3://conn@bucket/…`."""
    # Costs seconds, and only object stores need it.
    from airflow.sdk import ObjectStoragePath

    root = ObjectStoragePath(location)
    return root.fs, root.path


def _remotely_placed(store: Any, path: str, details: dict[str, Any], name: str, address: str) -> PlacedFile:
    """Take the store's own tag of the content where there is one, else its time."""
    stamp = next((str(details[key]) for key in _TAGS + _TIMES if details.get(key)), "")
    size = int(details.get("size") or 0)
    return PlacedFile(name, address, size, f"{size}:{stamp}", lambda: store.open(path, "rb"))


def _remote_reason(error: Exception) -> str:
    if "No filesystem registered" in str(error):
        return "no Airflow provider for this kind of address is installed"
    return _reason(error)


def _by_name(file: PlacedFile) -> str:
    return file.name


def _refuse(error: OSError) -> None:
    raise EvergreenError(f"{error.filename}: cannot be read ({error.strerror})") from None


def _reason(error: Exception) -> str:
    text = " ".join(str(getattr(error, "strerror", None) or error).split())
    return text[:300] or type(error).__name__
