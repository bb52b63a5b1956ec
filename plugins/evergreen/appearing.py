"""Files that appear under their names when all of them is written: nobody finds half of one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evergreen.errors import EvergreenError


@contextmanager
def appearing(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Yield an empty file beside `path` to write to; it gets that name when all went well, else it goes.

    Args:
        path: the file; one that is there is replaced. Its folder is made.
        private: readable by the owner only.

    Raises:
        EvergreenError: it cannot be written.
    """
    # of this process alone: two may write the same file at once, and the later one stays
    beside = path.with_name(f".{path.name}.{os.getpid()}.part") if path.name else path
    try:
        if path.is_dir():  # so are those without a name: "", "." and "/"
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.touch(mode=0o600 if private else 0o666)
        try:
            yield beside
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise EvergreenError(f"{path}: cannot be written ({reason}): name another place") from None
