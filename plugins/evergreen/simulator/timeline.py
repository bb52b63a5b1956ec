"""Rows that change over time, told as versions.

A row is described by the moments at which it changes and by a function that says what it looked like as of
a moment. What the shop shows today and what it will show on any later day come from the same function, so
that revealing day by day cannot differ from simulating up to a later day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
        """Return every version that begins at `until` or later, by `updated_at`, then position."""
        return self._versions(self.changes >= until)

    def versions(self) -> Columns | None:
        """Return every version of every row."""
        return self._versions(~np.isnat(self.changes))

    def _versions(self, wanted: np.ndarray) -> Columns | None:
        wanted &= self.changes >= self.changes[:, :1]
        rows, change = np.nonzero(wanted)
        moments = self.changes[rows, change]
        order = np.lexsort((rows, moments))
        rows, moments = rows[order], moments[order]
        if not len(rows):
            return None
        again = (np.diff(rows) == 0) & (np.diff(moments) == np.timedelta64(0))
        first = np.concatenate([[True], ~again])
        return self._as_of(rows[first], moments[first])

    def _as_of(self, rows: Ints, moments: Moments) -> Columns:
        return {**self.state(rows, moments), "updated_at": columns.moment(moments)}
