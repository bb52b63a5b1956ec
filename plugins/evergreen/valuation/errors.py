"""What valuation cannot do, said to people."""

from __future__ import annotations

from evergreen.errors import EvergreenError


class NotIdentifiedError(EvergreenError):
    """The data cannot tell the parameters of a model apart; the message says what is missing."""
