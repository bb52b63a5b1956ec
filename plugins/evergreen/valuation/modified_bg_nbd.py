"""Modified BG/NBD: Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models for
customer base analysis", International Journal of Research in Marketing 24.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evergreen.valuation.beta_geometric import BetaGeometric


@dataclass(frozen=True)
class ModifiedBGNBD(BetaGeometric):
    """Customers may stop after any purchase, the first included."""

    name: ClassVar[str] = "modified_bg_nbd"
    may_stop_at_first: ClassVar[bool] = True
