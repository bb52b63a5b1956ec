"""The one kind of error that is written for people."""

from __future__ import annotations

import difflib
from collections.abc import Collection


class EvergreenError(Exception):
    """Something a person can mend.

    The message is one line: what is wrong, where (file, line, column, key), what to do. The command line
    prints it as it is and exits with 1; anything else that is raised is a defect of ours and shows a trace.
    """


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return the question whether a known name was meant by one that nobody knows; '' where none is near."""
    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else ""


def instead_of(name: str, known: Collection[str]) -> str:
    """Return what may stand in for a name that nobody knows: one that is near, or else all there are."""
    return did_you_mean(name, known) or f"there are {', '.join(known) or 'none'}"
