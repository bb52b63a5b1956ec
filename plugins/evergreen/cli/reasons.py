"""What went wrong, in one line, where it is nothing that a trace would explain."""

from __future__ import annotations

import errno
import shutil

from evergreen.errors import EvergreenError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_RESOURCES = (
    "53",
    "58",
)  # classes of SQLSTATE: no space, no memory, no connection left; files cannot be read
_GONE = ("08", "57P0")
_LEAST_FREE = 32 << 20
"""Bytes below which the server ends: it needs 16 MB for each new file of its log of transactions."""


def in_one_line(error: BaseException) -> str | None:
    """Return what went wrong; None for a defect of ours, whose trace is wanted."""
    if isinstance(error, EvergreenError):
        return str(error)
    cause: BaseException | None = error
    while cause is not None:
        if said := _around_us(cause):
            return said
        cause = cause.__cause__
    return None


def _around_us(error: BaseException) -> str | None:
    """Say what the server, the disk or the terminal does not let us do; None if it is none of them."""
    # psycopg's or SQLAlchemy's: neither is imported for it
    state = str(getattr(error, "sqlstate", None))
    if state.startswith(_RESOURCES):
        return f"the database server says: {str(error).splitlines()[0]}: mend that, then run it again"
    if type(error).__name__ == "OperationalError" or state.startswith(_GONE):
        return f"the database server went away: {_full_disk()}run it again, it goes on where it was"
    if isinstance(error, OSError) and error.errno in _FULL:
        return f"{_named(error)}: free space, then run it again"
    if isinstance(error, OSError) and error.errno in _FORBIDDEN:
        return f"{_named(error)}: run as the user whose it is, or name another place"
    if isinstance(error, UnicodeEncodeError):
        text = ascii(error.object[error.start : error.end])
        return f"{text} cannot be written in {error.encoding}: use a locale with UTF-8, such as C.UTF-8"
    return None


def _named(error: OSError) -> str:
    return f"{error.filename or 'a file'}: cannot be written or read ({error.strerror})"


def _full_disk() -> str:
    from evergreen.warehouse import cluster

    place = cluster.found()
    if place and shutil.disk_usage(place.data).free < _LEAST_FREE:
        return f"the disk of {place.data} is full: free space, then "
    return ""
