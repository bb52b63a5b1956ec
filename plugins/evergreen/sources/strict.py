"""What all parts of a definition have in common."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Strict(BaseModel):
    """A part of a definition: unknown keys are mistakes, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Misplaced(ValueError):
    """A mistake at a place below the part that notices it."""

    def __init__(self, message: str, *place: str) -> None:
        super().__init__(message)
        self.place = place


def _as_list(value: Any) -> Any:
    """Let one text stand for a list of one."""
    return [value] if isinstance(value, str) else value


def _duration(value: Any) -> Any:
    """Read `3 days`, `90 minutes`, `1 hour`."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d+) (minute|hour|day|week)s?", value.strip())
    if not found:
        raise ValueError(f"{value!r} is no duration: write a number and minutes, hours, days or weeks")
    return timedelta(**{f"{found[2]}s": int(found[1])})


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
