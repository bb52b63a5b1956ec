"""Rows that change over time, told as versions.

A row is described by the moments at which it changes and by a function that says what it looked like as of
a moment. What the shop shows today and what it will show on any later day come from the same function, so
that revealing day by day cannot differ from simulating up to a later day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import Flags, Ints, Moments
from evergreen.simulator.columns import Columns


@dataclass
class Timeline:
    """Rows of a table through time.

    changes: (rows, changes), NaT where a change never happens; the first column is the row's creation, and
        nothing before it counts.
    state: what rows look like, given their positions and one moment for each; without `updated_at`.
    """

    changes: Moments
    state: Callable[[Ints, Moments], Columns]

    @classmethod
    def fixed(cls, created: Moments, state: Callable[[Ints], Columns]) -> Timeline:
        """Return the timeline of rows that never change."""
        return cls(created[:, None], lambda rows, _: state(rows))

    def only(self, wanted: Flags) -> Timeline:
        """Return the timeline of some of the rows."""
        positions = np.flatnonzero(wanted)
        return Timeline(self.changes[positions], lambda rows, moment: self.state(positions[rows], moment))

    def known_at(self, until: np.datetime64) -> Columns | None:
        """Return the rows created before `until` as they are then; `updated_at` is their last change."""
        created = self.changes[:, 0]
        rows = np.flatnonzero(created < until)
        if not len(rows):
            return None
        changes = self.changes[rows]
        changes = np.where(changes < until, changes, created[rows, None])  # NaT < until is false
        return self._as_of(rows, changes.max(axis=1))

    def coming_after(self, until: np.datetime64) -> Columns | None:
        """Return the versions that begin at `until` or later, in order of time.

        Of several on one day only the last: nobody sees the others, for days are revealed as a whole.
        """
        return self._versions(self.changes >= until, "D")

    def known_by_month(self, until: np.datetime64) -> Columns | None:
        """Return the versions that began before `until`, the last one of each month, in order of time."""
        return self._versions(self.changes < until, "M")

    def _versions(self, wanted: Flags, period: Literal["D", "M"]) -> Columns | None:
        """Return versions at the changes wanted, the last one of each row and period."""
        rows, change = np.nonzero(wanted & (self.changes >= self.changes[:, :1]))
        moments = self.changes[rows, change]
        order = np.lexsort((moments, rows))
        rows, moments = rows[order], moments[order]
        if not len(rows):
            return None
        same_period = np.diff(moments.astype(f"datetime64[{period}]")) == np.timedelta64(0)
        is_last = np.append(~((np.diff(rows) == 0) & same_period), True)
        rows, moments = rows[is_last], moments[is_last]
        order = np.lexsort((rows, moments))
        return self._as_of(rows[order], moments[order])

    def _as_of(self, rows: Ints, moments: Moments) -> Columns:
        return {**self.state(rows, moments), "updated_at": columns.moment(moments)}
