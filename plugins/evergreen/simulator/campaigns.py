"""Campaigns with a holdout and a true uplift, and who belongs to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator.arrays import Flags, Floats, Ints
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.presets import Preset

HOLDOUT_SHARE = 0.2
_START, _LENGTH = 18, 28  # days into the quarter, days
_MEMBER_SHARE = 0.4
_SILENT_DAYS, _KNOWN_DAYS = 180, 365
_KINDS = ("seasonal offer", "new products", "loyalty bonus", "winback")
WINBACK = _KINDS.index("winback")


@dataclass
class Programme:
    """All campaigns; arrays of shape (campaigns,). One a quarter, and every second quarter a winback."""

    kind: Ints
    quarter: Ints
    starts: Floats
    ends: Floats
    uplift: Floats  # relative increase of the order rate of the treated
    return_share: Floats  # of the treated who had dropped out

    def __len__(self) -> int:
        return len(self.kind)

    def kinds(self) -> list[str]:
        """Kind of each campaign, in words."""
        return [_KINDS[kind] for kind in self.kind]


@dataclass
class Members:
    """Members of one campaign, or of many (then `starts` … describe none of them)."""

    campaign: Ints
    customer: Ints
    is_treated: Flags
    starts: float = np.nan
    ends: float = np.nan
    uplift: float = 0.0
    wins_back: bool = False

    @classmethod
    def joined(cls, parts: list[Members]) -> Members:
        """Return the members of all parts."""
        if not parts:
            return cls(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool))
        return cls(
            np.concatenate([part.campaign for part in parts]),
            np.concatenate([part.customer for part in parts]),
            np.concatenate([part.is_treated for part in parts]),
        )


def plan(random: np.random.Generator, calendar: Calendar, preset: Preset) -> Programme:
    """Plan the campaigns of the whole simulated time."""
    quarters = np.arange(1, calendar.count_quarters)
    winbacks = quarters[quarters % 2 == 1][1:]
    quarter = np.concatenate([quarters, winbacks])
    is_winback = np.arange(len(quarter)) >= len(quarters)
    order = np.lexsort((is_winback, quarter))
    quarter, is_winback = quarter[order], is_winback[order]
    starts = calendar.quarter_starts[quarter] + _START + np.where(is_winback, 7.0, 0.0)
    uplift = preset.campaign_uplift * random.uniform(0.4, 1.6, len(quarter))
    return Programme(
        kind=np.where(is_winback, WINBACK, random.integers(0, WINBACK, len(quarter))),
        quarter=quarter,
        starts=starts,
        ends=starts + _LENGTH,
        uplift=np.where(is_winback, 0.0, uplift),
        return_share=np.where(is_winback, preset.winback_share, 0.0),
    )


def choose_members(
    random: np.random.Generator, programme: Programme, quarter: int, last_order: Floats
) -> list[Members]:
    """Choose the members of a quarter's campaigns by what the shop knows: the time since the last order."""
    chosen = []
    for campaign in np.flatnonzero(programme.quarter == quarter):
        silence = programme.starts[campaign] - last_order
        wins_back = bool(programme.kind[campaign] == WINBACK)
        suits = silence > _SILENT_DAYS if wins_back else silence <= _KNOWN_DAYS
        share = 1.0 if wins_back else _MEMBER_SHARE
        who = np.flatnonzero(suits & (random.random(len(last_order)) < share))
        chosen.append(
            Members(
                campaign=np.full(len(who), campaign),
                customer=who,
                is_treated=random.random(len(who)) >= HOLDOUT_SHARE,
                starts=float(programme.starts[campaign]),
                ends=float(programme.ends[campaign]),
                uplift=float(programme.uplift[campaign]),
                wins_back=wins_back,
            )
        )
    return chosen
